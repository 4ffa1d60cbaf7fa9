import { chiSquareTail } from '../../statistics/normal.ts'
import { type Device, devices } from '../../words/device.ts'
import type { CountedDay } from './tally.ts'

export type Dealt = Readonly<{ variant: string; weight: number }>

/** Where it most likely comes from that visitors are not dealt by the weights. */
export type Cause =
  /** With the robots that were left out it would be as dealt: one variant loses more of them, or more people as robots. */
  | Readonly<{ kind: 'robots' }>
  /**
   * Without these days it would be as dealt; `since` where the days go on to the last. `devices` where it would be without
   * theirs, too.
   */
  | Readonly<{ kind: 'days' | 'since'; days: readonly string[]; devices: readonly Device[] }>
  /** Without these devices it would be as dealt, on whatever day. */
  | Readonly<{ kind: 'devices'; devices: readonly Device[] }>
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
/** Who was shown which variant with which device, of all days; '' is a device that nobody told. */
export type ByDevice = ReadonlyMap<string, ReadonlyMap<string, number>>

/**
 * Whether the visitors of the variants are as many as the weights deal, by the chi-square test of fit, at the end of each
 * day. What was at fault once stays so: later visitors only hide it.
 */
export function checkSampleRatio(
  dealt: readonly Dealt[],
  days: readonly CountedDay[],
  { robots, byDevice }: Readonly<{ robots: ReadonlyMap<string, number>; byDevice: ByDevice }>,
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
  return { state: 'fault', day, ...found, cause: causeOf(dealt, days, { robots, byDevice }) }
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
  { robots, byDevice }: Readonly<{ robots: ReadonlyMap<string, number>; byDevice: ByDevice }>,
): Cause {
  const isOdd = (exposedTo: Exposed) => isFault(fitOf(dealt, exposedTo))
  const counted = exposedOn(days)
  const withRobots: Exposed = (variant) => counted(variant) + (robots.get(variant) ?? 0)
  if (isOdd(counted) && !isOdd(withRobots)) return { kind: 'robots' }
  const odd = days.filter((day) => isOdd(exposedOn([day])))
  const others = days.filter((day) => !odd.includes(day))
  const oddDevices = devicesApart(dealt, byDevice, isOdd)
  if (odd.length === 0 || others.length === 0 || isOdd(exposedOn(others)))
    return oddDevices.length > 0 ? { kind: 'devices', devices: oddDevices } : { kind: 'always' }
  const goesOn = odd.length > 1 && odd.every((day, index) => day === days[days.length - odd.length + index])
  return { kind: goesOn ? 'since' : 'days', days: odd.map(({ day }) => day), devices: oddDevices }
}

/** The devices whose visitors are not as dealt, where those of all others are, and are seen to be others. */
function devicesApart(
  dealt: readonly Dealt[],
  byDevice: ByDevice,
  isOdd: (exposedTo: Exposed) => boolean,
): Device[] {
  const exposedWith =
    (names: readonly string[]): Exposed =>
    (variant) =>
      names.reduce((sum, name) => sum + (byDevice.get(name)?.get(variant) ?? 0), 0)
  const odd = devices.filter((device) => isOdd(exposedWith([device])))
  const others = [...byDevice.keys()].filter((name) => !odd.some((each) => each === name))
  if (odd.length === 0 || others.length === 0 || isOdd(exposedWith(others))) return []
  // Those of whom too few came are never found to be odd.
  return differ(dealt, exposedWith(odd), exposedWith(others)) ? odd : []
}

/** Whether two groups of visitors were dealt differently, by the chi-square test of homogeneity. */
function differ(dealt: readonly Dealt[], one: Exposed, other: Exposed): boolean {
  const groups = [one, other].map((exposedTo) => ({
    exposedTo,
    all: dealt.reduce((sum, { variant }) => sum + exposedTo(variant), 0),
  }))
  const all = groups.reduce((sum, group) => sum + group.all, 0)
  let distance = 0
  for (const { variant } of dealt)
    for (const group of groups) {
      const due = ((one(variant) + other(variant)) * group.all) / all
      if (due > 0) distance += (group.exposedTo(variant) - due) ** 2 / due
    }
  return isFault({ p: chiSquareTail(distance, dealt.length - 1) })
}
