import { chiSquareTail } from '../../statistics/normal.ts'
import type { CountedDay } from './tally.ts'

export type Dealt = Readonly<{ variant: string; weight: number }>

/** Where it most likely comes from that visitors are not dealt by the weights. */
export type Cause =
  /** With the robots that were left out it would be as dealt: one variant loses more of them, or more people as robots. */
  | Readonly<{ kind: 'robots' }>
  /** Without these days it would be as dealt; `since` where the days go on to the last. */
  | Readonly<{ kind: 'days' | 'since'; days: readonly string[] }>
  /** On no day more than on others. */
  | Readonly<{ kind: 'always' }>

export type SampleRatio = Readonly<{
  state: 'too_few' | 'as_dealt' | 'fault'
  /** The day by whose end it was so: the first with a fault, or the last. Null before one is over. */
  day: string | null
  /** How likely such numbers are where visitors are dealt by the weights. Null where there are too few. */
  p: number | null
  due: readonly Readonly<{ variant: string; exposed: number; due: number }>[]
  cause: Cause | null
}>

const exposedMin = 100
const dueMin = 5
const alpha = 0.001

type Exposed = (variant: string) => number

/**
 * Whether the visitors of the variants are as many as the weights deal, by the chi-square test of fit, at the end of each
 * day. What was at fault once stays so: later visitors only hide it.
 */
export function checkSampleRatio(
  dealt: readonly Dealt[],
  days: readonly CountedDay[],
  robots: ReadonlyMap<string, number>,
): SampleRatio {
  let until = 0
  let found = fitOf(dealt, () => 0)
  const sums = new Map<string, number>()
  while (until < days.length && !isFault(found)) {
    const counted = exposedOn([days[until++]!])
    for (const { variant } of dealt) sums.set(variant, (sums.get(variant) ?? 0) + counted(variant))
    found = fitOf(dealt, (variant) => sums.get(variant)!)
  }
  const day = days[until - 1]?.day ?? null
  if (!isFault(found)) return { state: found.p === null ? 'too_few' : 'as_dealt', day, ...found, cause: null }
  return { state: 'fault', day, ...found, cause: causeOf(dealt, days, robots) }
}

const isFault = ({ p }: Pick<SampleRatio, 'p'>) => p !== null && p < alpha

function fitOf(dealt: readonly Dealt[], exposedTo: Exposed): Pick<SampleRatio, 'p' | 'due'> {
  const sum = (figure: (each: Dealt) => number) => dealt.reduce((total, each) => total + figure(each), 0)
  const [all, weight] = [sum(({ variant }) => exposedTo(variant)), sum((each) => each.weight)]
  const due = dealt.map(({ variant, weight: own }) => ({
    ...{ variant, exposed: exposedTo(variant), due: (all * own) / weight },
  }))
  const told = all >= exposedMin && dealt.length > 1 && due.every((each) => each.due >= dueMin)
  const distance = due.reduce((total, { exposed, due }) => total + (exposed - due) ** 2 / due, 0)
  return { due, p: told ? chiSquareTail(distance, dealt.length - 1) : null }
}

function exposedOn(days: readonly CountedDay[]): Exposed {
  return (variant) => days.reduce((sum, { tallies }) => sum + (tallies.get(variant)?.exposed ?? 0), 0)
}

function causeOf(
  dealt: readonly Dealt[],
  days: readonly CountedDay[],
  robots: ReadonlyMap<string, number>,
): Cause {
  const isOdd = (exposedTo: Exposed) => isFault(fitOf(dealt, exposedTo))
  const counted = exposedOn(days)
  const withRobots: Exposed = (variant) => counted(variant) + (robots.get(variant) ?? 0)
  if (isOdd(counted) && !isOdd(withRobots)) return { kind: 'robots' }
  const odd = days.filter((day) => isOdd(exposedOn([day])))
  const others = days.filter((day) => !odd.includes(day))
  if (odd.length === 0 || others.length === 0 || isOdd(exposedOn(others))) return { kind: 'always' }
  const goesOn = odd.length > 1 && odd.every((day, index) => day === days[days.length - odd.length + index])
  return { kind: goesOn ? 'since' : 'days', days: odd.map(({ day }) => day) }
}
