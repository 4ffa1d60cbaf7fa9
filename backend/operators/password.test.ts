import { describe, expect, test } from 'bun:test'
import { createPasswords, passwordFault, TooManyAtOnce } from './password.ts'

test.each([
  ['short', 'too_short'],
  ['elevenchars', 'too_short'],
  ['x'.repeat(257), 'too_long'],
  ['aaaaaaaaaaaaaa', 'too_common'],
  ['123456789012', 'too_common'],
  ['abcabcabcabcabc', 'too_common'],
  ['qwertyuiop12', 'too_common'],
  ['Password1234!', 'too_common'],
  ['passwordpassword', 'too_common'],
  ['ann.archer2026', 'too_common'],
  ['exampleexample1', 'too_common'],
] as const)('%s is refused as %s', (password, fault) => {
  expect(passwordFault(password, ['ann.archer@example.com', 'Ann Archer'])).toBe(fault)
})

test.each(['correct horse battery', 'vX3-kkq9 ulmo', 'سلام دنیای بزرگ ما', 'a passphrase of ann'])(
  '%s is taken: no rule says what a password is made of',
  (password) => {
    expect(passwordFault(password, ['ann@example.com', 'Ann'])).toBeUndefined()
  },
)

describe('a hash', () => {
  const passwords = createPasswords()

  test('is of argon2id, and right for its password alone, however long it is', async () => {
    const long = `${'long '.repeat(50)}a`
    const hash = await passwords.hash(long)
    expect(hash).toStartWith('$argon2id$v=19$m=19456,t=2')
    expect(await passwords.verify(long, hash)).toBe(true)
    expect(await passwords.verify(`${long.slice(0, -1)}b`, hash)).toBe(false)
  })

  test('takes as much work without an account as with one', async () => {
    const hash = await passwords.hash('correct horse battery')
    await passwords.verify('x', undefined)
    const timed = async (of: string | undefined) => {
      const begun = performance.now()
      for (let time = 0; time < 3; time++) expect(await passwords.verify('wrong', of)).toBe(false)
      return performance.now() - begun
    }
    const [without, withOne] = [await timed(undefined), await timed(hash)]
    expect(without / withOne).toBeGreaterThan(0.3)
    expect(without / withOne).toBeLessThan(3)
  })

  test('is made one at a time, and whoever comes when too many wait is told so', async () => {
    const few = createPasswords({ waitingMax: 2 })
    const came = await Promise.allSettled(Array.from({ length: 6 }, () => few.hash('correct horse battery')))
    const refused = came.filter(({ status }) => status === 'rejected')
    expect(refused).toHaveLength(3)
    for (const each of refused) expect((each as PromiseRejectedResult).reason).toBeInstanceOf(TooManyAtOnce)
    expect(await few.hash('correct horse battery')).toStartWith('$argon2id$')
  })
})

test('a crowd of strangers does not keep those waiting who were let in before', async () => {
  const passwords = createPasswords({ waitingMax: 2 })
  const hash = await passwords.hash('correct horse battery')
  const crowd = Array.from({ length: 8 }, () =>
    passwords.verify('wrong', hash).catch((error: unknown) => error),
  )
  const mine = passwords.verify('correct horse battery', hash, 'known')
  expect(await mine).toBe(true)
  const came = await Promise.all(crowd)
  expect(came.filter((each) => each instanceof TooManyAtOnce)).toHaveLength(5)
  expect(came.filter((each) => each === false)).toHaveLength(3)
})
