/** How long numbers are by their first two digits: bit 10 of `77` is set where some that begin so have ten digits. */
export type Beginnings = ReadonlyMap<string, number>

const depth = 2
const digits = [...'0123456789']
const nothing: Beginnings = new Map([['', 1]])
const lengthsMax = (1 << 21) - 1

/**
 * What a pattern of a numbering plan can begin with, and how long that is. Such patterns hold digits, classes of them,
 * groups, `|`, `?` and `{n,m}`, and nothing else.
 */
export function beginningsOf(pattern: string): Beginnings {
  let at = 0

  function alternatives(): Beginnings {
    let all = sequence()
    while (pattern[at] === '|') {
      at++
      all = either(all, sequence())
    }
    return all
  }

  function sequence(): Beginnings {
    let all = nothing
    while (at < pattern.length && pattern[at] !== '|' && pattern[at] !== ')') all = then(all, repeated())
    return all
  }

  function repeated(): Beginnings {
    const item = single()
    const [text, from, comma, to] = /^(?:\?|\{(\d+)(?:(,)(\d+))?\})/.exec(pattern.slice(at)) ?? []
    if (text === undefined) return item
    at += text.length
    const least = from === undefined ? 0 : Number(from)
    const most = from === undefined ? 1 : comma ? Number(to) : least
    let run = nothing
    for (let count = 0; count < least; count++) run = then(run, item)
    let all = run
    for (let count = least; count < most; count++) {
      run = then(run, item)
      all = either(all, run)
    }
    return all
  }

  function single(): Beginnings {
    const [, group, digit] = /^(?:(\((?:\?:)?)|(\\d|\[[^\]]+\]|\d))/.exec(pattern.slice(at)) ?? []
    if (group !== undefined) {
      at += group.length
      const inner = alternatives()
      at++
      return inner
    }
    if (digit === undefined) throw new Error(`not a pattern of a numbering plan: ${pattern.slice(at)}`)
    at += digit.length
    const fits = new RegExp(digit)
    return new Map(digits.filter((one) => fits.test(one)).map((one) => [one, 2]))
  }

  return alternatives()
}

/** Whether a length is among those whose bits are set. */
export function isAmong(lengths: number, length: number): boolean {
  return ((lengths >> length) & 1) === 1
}

/** What either can begin with. */
export function either(one: Beginnings, other: Beginnings): Beginnings {
  const all = new Map(one)
  for (const [beginning, lengths] of other) all.set(beginning, (all.get(beginning) ?? 0) | lengths)
  return all
}

function then(first: Beginnings, next: Beginnings): Beginnings {
  const all = new Map<string, number>()
  const add = (beginning: string, lengths: number) =>
    all.set(beginning, (all.get(beginning) ?? 0) | (lengths & lengthsMax))
  let nextLengths = 0
  for (const lengths of next.values()) nextLengths |= lengths
  for (const [beginning, lengths] of first) {
    if (beginning.length === depth) add(beginning, sums(lengths, nextLengths))
    // A beginning that is shorter is all there is so far.
    else
      for (const [more, moreLengths] of next)
        add((beginning + more).slice(0, depth), moreLengths << beginning.length)
  }
  return all
}

/** Every length of one added to every length of the other. */
function sums(one: number, other: number): number {
  let all = 0
  for (let length = 0; one >> length > 0; length++) if (isAmong(one, length)) all |= other << length
  return all
}
