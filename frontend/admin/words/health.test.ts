import { expect, test } from 'bun:test'
import { healthSaid } from './health.ts'

/** All that the API may say of a part itself, with 7 in place of what it names. */
async function allSaid(): Promise<string[]> {
  const source = await Bun.file(new URL('../../../backend/wiring/health.ts', import.meta.url)).text()
  const thrown = [...source.matchAll(/HealthFault\(\s*(?:fault \? )?(['`])(.+?)\1/gs)].map(
    ([, , said]) => said!,
  )
  const answered = [...source.matchAll(/return [^'`\n]*(['`])(.+?)\1(?: : `(.+?)`)?$/gm)].flatMap((found) =>
    found.slice(2),
  )
  return [...thrown, ...answered.filter((said) => said !== undefined)].map((said) =>
    said.replace(/\$\{.+?\}+/g, '7'),
  )
}

test('in Persian each part of the system says how it is in Persian', async () => {
  const all = await allSaid()
  expect(all.length).toBeGreaterThan(12)
  for (const said of [...all, 'no answer within 1500 ms', 'not reachable'])
    expect([said, /[آ-ی]/.test(healthSaid('fa', said))]).toEqual([said, true])
  expect(healthSaid('fa', '12 alive')).toBe('۱۲ فعال')
  expect(healthSaid('en', '12 alive')).toBe('12 alive')
  expect(healthSaid('fa', 'something new')).toBe('something new')
})
