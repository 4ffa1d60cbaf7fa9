import { expect, test } from 'bun:test'
import { memoryOperators } from '../memory/operators.ts'
import { makeFirstOwner } from './first-owner.ts'

const passwords = { hash: async (text: string) => `hash of ${text}` }
const given = { email: 'Owner@example.com', password: 'correct horse battery' }

test('an installation that nobody sits at gets its owner once, and nobody is made where somebody is', async () => {
  const { accounts, audit } = memoryOperators()
  const deps = { accounts, passwords }
  // Two processes start at the same moment.
  const came = await Promise.all([makeFirstOwner(deps, given), makeFirstOwner(deps, given)])
  expect(came.sort()).toEqual(['made', 'there'])
  expect(await accounts.list()).toMatchObject([{ email: 'owner@example.com', role: 'owner' }])
  expect(await makeFirstOwner(deps, { ...given, email: 'other@example.com' })).toBe('there')
  expect((await audit.list({ limit: 9 })).map(({ action, by }) => [action, by.kind])).toEqual([
    ['operator.joined', 'system'],
  ])
})

test.each([
  ['password1234', 'too_common'],
  ['ownerexample1', 'too_common'],
  ['short', 'too_short'],
] as const)('%s makes nobody', async (password, fault) => {
  const { accounts } = memoryOperators()
  expect(await makeFirstOwner({ accounts, passwords }, { ...given, password })).toBe(fault)
  expect(await accounts.list()).toEqual([])
})
