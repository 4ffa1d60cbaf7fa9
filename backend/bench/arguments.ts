/** What can be measured, in the order in which the subjects take turns. */
export const subjectNames = [
  'a',
  'all',
  'b',
  'af',
  'bf',
  'c',
  'c2',
  'd',
  'e',
  'f',
  'g',
  'h',
  'h2',
  'open',
  'deliveries',
  'stats',
] as const
export type SubjectName = (typeof subjectNames)[number]

export type BenchOptions = Readonly<{
  help: boolean
  json: boolean
  /** Writes the picture of the ratios beside this file. */
  picture: boolean
  only: readonly SubjectName[]
  runs: number
  /** Seconds of load in each run, after the warm-up. */
  seconds: number
  warmUpSeconds: number
  connections: number
  /** How long each run may wait for a moment in which nothing else runs on the machine. */
  calmSeconds: number
  /** Leads and claims that are there before a, b and c are measured again; empty: not measured. */
  grow: readonly number[]
  /** Into how many parts phones are divided, in one Redis; and over how many masters of a cluster. Empty: not measured. */
  shards: readonly number[]
  masters: readonly number[]
}>

// Until the code that runs for each submission, and for each batch of them, is compiled.
const warmUpSeconds = 8
const whole = { runs: 3, seconds: 5, warmUpSeconds, connections: 256, calmSeconds: 0 }
const quick = { runs: 1, seconds: 3, warmUpSeconds, connections: 256, calmSeconds: 0 }
// These take minutes, so they are only measured where they are asked for.
const byNameOnly: readonly SubjectName[] = ['deliveries', 'stats']
const quickLeavesOut: readonly SubjectName[] = ['c2', 'h2', 'af', 'bf']

/** Reads the command line. @throws Error with one sentence that names what is wrong with it. */
export function readArguments(args: readonly string[]): BenchOptions {
  const isQuick = args.includes('--quick')
  const options = {
    ...(isQuick ? quick : whole),
    help: false,
    json: false,
    picture: false,
    only: subjectNames.filter(
      (name) => !byNameOnly.includes(name) && !(isQuick && quickLeavesOut.includes(name)),
    ) as readonly SubjectName[],
    grow: [] as readonly number[],
    shards: [] as readonly number[],
    masters: [] as readonly number[],
  }
  let named = false
  const counts = (name: string, text: string, least: number, most: number) =>
    text.split(',').map((each) => count(name, each, least, most))
  const rest = args.flatMap((arg) => (/^--\w+=/.test(arg) ? arg.split(/=(.*)/s).slice(0, 2) : [arg]))
  while (rest.length > 0) {
    const name = rest.shift()!
    const value = () => {
      const given = rest.shift()
      if (given === undefined || given.startsWith('--')) throw new Error(`${name} needs a value.`)
      return given
    }
    if (name === '--quick') continue
    if (name === '--help' || name === '-h') options.help = true
    else if (name === '--json') options.json = true
    else if (name === '--picture') options.picture = true
    else if (name === '--only') {
      options.only = value().split(',').map(subject)
      named = true
    } else if (name === '--runs') options.runs = count(name, value(), 1, 99)
    else if (name === '--seconds') options.seconds = count(name, value(), 1, 3_600)
    else if (name === '--connections') options.connections = count(name, value(), 1, 4_096)
    else if (name === '--calm') options.calmSeconds = count(name, value(), 0, 600)
    else if (name === '--grow') options.grow = counts(name, value(), 0, 100_000_000)
    else if (name === '--shards') options.shards = divisors(name, counts(name, value(), 1, 12))
    else if (name === '--masters') options.masters = divisors(name, counts(name, value(), 1, 12))
    else throw new Error(`${name} is not an option of this command.`)
  }
  // They take minutes, and are compared with each other alone.
  if (!named && options.shards.length + options.masters.length > 0) options.only = []
  return options
}

/** Twelve shards fall evenly on no other number of masters, and phones are divided into one or twelve. */
function divisors(name: string, given: readonly number[]): readonly number[] {
  const may = name === '--shards' ? [1, 12] : [1, 2, 3, 4, 6, 12]
  const wrong = given.find((each) => !may.includes(each))
  if (wrong === undefined) return given
  throw new Error(`${name} takes ${may.join(', ')}; ${wrong} is none of them.`)
}

function subject(name: string): SubjectName {
  const found = subjectNames.find((each) => each === name)
  if (!found) throw new Error(`--only takes ${subjectNames.join(', ')}; ${name} is none of them.`)
  return found
}

function count(name: string, text: string, least: number, most: number): number {
  const value = Number(text)
  if (text !== '' && Number.isInteger(value) && value >= least && value <= most) return value
  throw new Error(`${name} takes whole numbers from ${least} to ${most}.`)
}
