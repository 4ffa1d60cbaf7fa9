/** Hashes passwords, a few at a time, so that nobody who tries many takes the processor from visitors. */
export type Passwords = Readonly<{
  hash(password: string): Promise<string>
  /**
   * Takes as long without a hash, for an account that is not there, as with one. Those who were let in before have a turn of
   * their own, so that no crowd of strangers keeps them waiting.
   */
  verify(password: string, hash: string | undefined, whose?: Turn): Promise<boolean>
}>
type Turn = 'strangers' | 'known'

/** Too many wait to be checked already. */
export class TooManyAtOnce extends Error {}

export const passwordLengthMin = 12
export const passwordLengthMax = 256

// Of the most common ones, those that are long enough to be asked about; each also with digits behind it.
const common =
  'password passwort passw0rd qwertyuiop qwerty qwertz azerty iloveyou letmein welcome administrator admin changeme football baseball superman sunshine princess trustno1 whatever computer dragon monkey master abcdefgh landfast'.split(
    ' ',
  )

export type PasswordFault = 'too_short' | 'too_long' | 'too_common'

/** What is wrong with a password that somebody chose. No rule says which characters it is made of. */
export function passwordFault(password: string, about: readonly string[] = []): PasswordFault | undefined {
  const length = [...password].length
  if (length < passwordLengthMin) return 'too_short'
  if (length > passwordLengthMax) return 'too_long'
  const plain = password.toLowerCase()
  if (new Set(plain).size < 5 || isRun(plain)) return 'too_common'
  // What is left without everything that others know or try first must still be hard to guess.
  const known = [...common, ...about.flatMap((text) => text.toLowerCase().split(/[@.\s_-]+/))]
  const left = known
    .filter((word) => word.length >= 4)
    .sort((a, b) => b.length - a.length)
    .reduce((text, word) => text.replaceAll(word, ''), plain)
    .replace(/[\d!@#$%&*.?_-]+$/g, '')
  return left.length < 4 && left.length < plain.length ? 'too_common' : undefined
}

/** `123456789012`, `abcdefghijkl`, `qwertyuiop12`, `abcabcabcabc`. */
function isRun(text: string): boolean {
  for (const row of ['01234567890123456789', 'abcdefghijklmnopqrstuvwxyz', 'qwertyuiopasdfghjklzxcvbnm'])
    if (row.includes(text.replace(/\d{1,4}$/, '')) || row.includes(text)) return true
  for (let unit = 1; unit <= text.length / 3; unit++)
    if (
      text ===
      text
        .slice(0, unit)
        .repeat(Math.ceil(text.length / unit))
        .slice(0, text.length)
    )
      return true
  return false
}

// OWASP's least for argon2id: 19 MiB, two passes.
const options = { algorithm: 'argon2id', memoryCost: 19_456, timeCost: 2 } as const

export function createPasswords({ atOnce = 1, waitingMax = 16 } = {}): Passwords {
  const turns = { strangers: createTurns(atOnce, waitingMax), known: createTurns(atOnce, waitingMax) }
  let nobodys: Promise<string> | undefined

  return {
    hash: (password) => turns.known(() => Bun.password.hash(password.normalize('NFKC'), options)),
    verify: (password, hash, whose = 'strangers') =>
      turns[whose](async () => {
        nobodys ??= Bun.password.hash(crypto.randomUUID(), options)
        const isRight = await Bun.password.verify(password.normalize('NFKC'), hash ?? (await nobodys))
        return isRight && hash !== undefined
      }),
  }
}

function createTurns(atOnce: number, waitingMax: number) {
  const waiting: (() => void)[] = []
  let working = 0
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (working >= atOnce) {
      if (waiting.length >= waitingMax) throw new TooManyAtOnce('too many passwords at once')
      await new Promise<void>((go) => waiting.push(go))
    } else working++
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else working--
    }
  }
}
