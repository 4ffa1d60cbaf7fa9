const samples =
  'landfast postgres postgresql redis mongo mongodb minio minioadmin admin administrator root user guest test secret password passwd pass changeme change-me example sample default insecure foobared 12345678 123456 qwerty letmein welcome spring summer autumn winter'.split(
    ' ',
  )
// What people make a long text of who are asked for one.
const words =
  'key the for this that with your some very long super random string please replace change production prod development token hmac salt should must characters minimum least enough something here lorem ipsum dolor amet deadbeef cafebabe badc0ffee'.split(
    ' ',
  )
const rows = [
  ...['abcdefghijklmnopqrstuvwxyz', '01234567890123456789', '0123456789abcdef0123456789abcdef'],
  ...[
    'qwertyuiop[]',
    'asdfghjkl;',
    'zxcvbnm,./',
    'azertyuiop',
    'qsdfghjklm',
    'wxcvbn',
    'qwertzuiop',
    'yxcvbnm',
  ],
  ...[
    'qazwsxedcrfvtgbyhnujmikolp',
    '1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p',
    '1q2w3e4r5t6y7u8i9o0p',
    'a1b2c3d4e5f6g7h8i9j0',
    '!@#$%^&*()',
  ],
]
const reversed = (text: string) => [...text].reverse().join('')
const inPasswords = [...samples, ...rows, ...rows.map(reversed)]
const inKeys = [...inPasswords, ...words]

// A copy of fewer characters says no less than they do.
const copyLeast = 3
// Of 32 characters out of a generator nearly every one is new.
const newLeast = 16
const newLeastOfPassword = 3
const coreLeast = 6
const letters: Readonly<Record<string, string>> = {
  ...{ '@': 'a', '4': 'a', '3': 'e', '1': 'i', '!': 'i', '0': 'o', $: 's', '5': 's', '7': 't' },
}

/**
 * Whether a key is made of few pieces, such as words, rows of a keyboard and sequences, or of one again and again, or is
 * what a script makes of nothing or of a sample by hashing it.
 */
export function isPatternedKey(key: string): boolean {
  const text = key.toLowerCase()
  if (digestsOfSamples().has(text)) return true
  const onceEach = text.replace(/(.)\1+/g, '$1')
  return piecesOf(text, inKeys) < newLeast || piecesOf(onceEach, inKeys) < newLeast || isRepeated(text)
}

/** Whether a password is one that everybody tries: a sample with or without a year behind it, its user, or a pattern. */
export function isSamplePassword(password: string, user = ''): boolean {
  const core = coreOf(password)
  return (
    samples.includes(password.toLowerCase()) ||
    samples.includes(core) ||
    (user !== '' && (password === user || core === coreOf(user))) ||
    [password.toLowerCase(), ...(core.length >= coreLeast ? [core] : [])].some(
      (text) => piecesOf(text, inPasswords) < newLeastOfPassword,
    )
  )
}

let madeDigests: ReadonlySet<string> | undefined

function digestsOfSamples(): ReadonlySet<string> {
  if (madeDigests) return madeDigests
  const hashed = ['', ...samples].flatMap((sample) => [sample, `${sample}\n`])
  const digests = hashed.flatMap((sample) =>
    (['md5', 'sha1', 'sha256', 'sha512'] as const).flatMap((name) =>
      (['hex', 'base64'] as const).map((form) => new Bun.CryptoHasher(name).update(sample).digest(form)),
    ),
  )
  madeDigests = new Set(digests.map((digest) => digest.toLowerCase()))
  return madeDigests
}

function isRepeated(text: string): boolean {
  for (let unit = 1; unit <= text.length / 2; unit++)
    if (text.slice(unit) === text.slice(0, -unit)) return true
  return false
}

/** `P@ssw0rd-2026!` is `password`. */
function coreOf(text: string): string {
  const plain = text.toLowerCase().replace(/^[^a-z@$!]+|[^a-z]+$/g, '')
  return plain.replace(/[^a-z]/g, (sign) => letters[sign] ?? sign)
}

/** How many pieces a text has where a piece is a copy of what is known or came before, or else one character. */
function piecesOf(text: string, known: readonly string[]): number {
  // A copy may run into itself, as in a character again and again.
  const isCopy = (from: number, length: number) => {
    const piece = text.slice(from, from + length)
    return (from > 0 && text.lastIndexOf(piece, from - 1) >= 0) || known.some((each) => each.includes(piece))
  }
  let pieces = 0
  for (let at = 0; at < text.length; pieces++) {
    let length = 1
    while (at + length < text.length && isCopy(at, length + 1)) length++
    at += length >= copyLeast ? length : 1
  }
  return pieces
}
