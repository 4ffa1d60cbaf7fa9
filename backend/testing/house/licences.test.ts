import { expect, test } from 'bun:test'
import { packagesOf } from '../../commands/packages.ts'
import { billOf } from '../../commands/sbom.ts'
import { isMet, licencesByHand, licencesThatBuild, licencesThatShip } from './licences.ts'
import { root } from './sources.ts'

const packages = packagesOf(root)

test('every package that is installed has a licence that we may use it under', () => {
  const refused = [...packages.values()]
    .filter(({ isInstalled }) => isInstalled)
    .map(({ name, licence, ships }) => ({
      name,
      licence: licencesByHand.get(name) ?? licence ?? 'none',
      ships,
    }))
    .filter(({ licence, ships }) => !isMet(licence, ships ? licencesThatShip : licencesThatBuild))
  expect(refused).toEqual([])
})

test('nobody is excused who is not there', () => {
  const names = new Set([...packages.values()].map(({ name }) => name))
  expect([...licencesByHand.keys()].filter((name) => !names.has(name))).toEqual([])
})

test.each([
  ['MIT', true],
  ['GPL-3.0-only', false],
  ['(MIT OR GPL-3.0-only)', true],
  ['MIT AND GPL-3.0-only', false],
  ['(MIT AND Apache-2.0)', true],
  ['(MIT AND (ISC OR GPL-3.0-only))', false],
  ['none', false],
])('%s: %p', (expression, met) => expect(isMet(expression, licencesThatShip)).toBe(met))

test('the bill of materials names what ships, with licence and checksum, and what each needs', () => {
  // biome-ignore lint/suspicious/noExplicitAny: it is data for others.
  const bill = billOf(packages, new Date(0)) as any
  expect([bill.bomFormat, bill.specVersion]).toEqual(['CycloneDX', '1.6'])
  const named = (name: string) => bill.components.find((each: { name: string }) => each.name === name)
  for (const name of ['elysia', 'pg', 'react', 'pg-protocol'])
    expect([name, named(name).scope, named(name).hashes[0].content.length]).toEqual([name, 'required', 128])
  for (const name of ['typescript', '@biomejs/biome'])
    expect([name, named(name).scope]).toEqual([name, 'excluded'])
  expect(named('@sinclair/typebox').purl).toStartWith('pkg:npm/%40sinclair/typebox@')
  const refs = new Set(bill.components.map((each: { 'bom-ref': string }) => each['bom-ref']))
  for (const { ref, dependsOn } of bill.dependencies)
    for (const needed of [ref, ...dependsOn]) expect(refs.has(needed)).toBe(true)
  expect(
    bill.dependencies.find(({ ref }: { ref: string }) => ref.startsWith('pg@')).dependsOn.join(),
  ).toContain('pg-pool@')
})
