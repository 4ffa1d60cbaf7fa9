import { afterEach, expect, spyOn, test } from 'bun:test'
import type { Refused } from './api.ts'
import { fetched } from './fetched.ts'

const reach = spyOn(globalThis, 'fetch')
afterEach(() => void reach.mockReset())
const gone = new TypeError('Failed to fetch dynamically imported module')
const missing = fetched(() => Promise.reject(gone))

test('a part that is there comes as it is, and nobody is asked', async () => {
  expect(await fetched(async () => 'part')()).toBe('part')
  expect(reach).not.toHaveBeenCalled()
})

test('without a network that is said, in place of an error for which the page is loaded anew', async () => {
  reach.mockRejectedValueOnce(new TypeError('no network'))
  expect(await missing().catch((error) => error)).toMatchObject({
    code: 'offline',
  } satisfies Partial<Refused>)
})

test('of another build the error stays, for which the page is loaded anew', async () => {
  reach.mockResolvedValueOnce(new Response())
  expect(await missing().catch((error) => error)).toBe(gone)
})
