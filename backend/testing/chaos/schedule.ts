import { between, type Random, shuffled } from './random.ts'

export const targets = ['api', 'worker', 'redis', 'postgres'] as const
export type Target = (typeof targets)[number]

/** What is done to the line, for how long, and how long it is left alone before. */
export type Fault = Readonly<
  {
    pauseMs: number
  } /** `unheardMs`: so long before it the answers of Redis no longer reach the API, so that it dies between the two. */ & (
    | { kind: 'kill'; targets: readonly Target[]; unheardMs: number; downMs: number }
    /** The worker stands still for longer than the lock of its batch lasts. */
    | { kind: 'freeze worker'; forMs: number }
    /** What the API says to Redis arrives late, and so does every answer. */
    | { kind: 'hold redis'; forMs: number }
    /** The API cannot reach Redis; the worker can. */
    | { kind: 'cut redis'; forMs: number }
    | { kind: 'flush scripts' }
    | { kind: 'end postgres connections' }
  )
>

const clusterKinds = [
  'kill master',
  'freeze master',
  'cut off master',
  'planned switch',
  'move slot',
  'kill api',
  'kill worker',
] as const

/** What is done to one machine of a cluster, or to one of two processes; `shard` tells which. */
export type ClusterFault = Readonly<{
  kind: (typeof clusterKinds)[number]
  shard: number
  forMs: number
  pauseMs: number
}>

/** Such faults without end: each kind once a round, in an order of its own. */
export function* clusterSchedule(random: Random, pauseMs: number): Generator<ClusterFault> {
  while (true)
    for (const kind of shuffled(random, clusterKinds))
      yield {
        kind,
        shard: between(random, 0, 11),
        forMs: between(random, 200, 6_000),
        pauseMs: Math.round(pauseMs * (0.5 + random())),
      }
}

const others = ['hold redis', 'cut redis', 'flush scripts', 'end postgres connections'] as const
const roundsPerFreeze = 4

/**
 * Faults without end. In every round each of the four processes is killed once, two of them sometimes in one moment,
 * and something else breaks in between. `pauseMs` is what lies between two faults on average.
 */
export function* schedule(random: Random, pauseMs: number): Generator<Fault> {
  const pause = () => Math.round(pauseMs * (0.5 + random()))
  for (let round = 1; ; round++) {
    for (const group of grouped(random))
      yield {
        kind: 'kill',
        targets: group,
        unheardMs: random() < 0.5 ? between(random, 5, 200) : 0,
        downMs: between(random, 0, 1_500),
        pauseMs: pause(),
      }
    const kind = others[between(random, 0, others.length - 1)]!
    if (kind === 'hold redis' || kind === 'cut redis')
      yield { kind, forMs: between(random, 500, 4_000), pauseMs: pause() }
    else yield { kind, pauseMs: pause() }
    if (round % roundsPerFreeze === 2)
      yield { kind: 'freeze worker', forMs: between(random, 11_000, 14_000), pauseMs: pause() }
  }
}

function grouped(random: Random): Target[][] {
  const order = shuffled(random, targets)
  if (random() < 0.7) return order.map((target) => [target])
  return [order.slice(0, 2), [order[2]!], [order[3]!]]
}

export function inWords(fault: Fault): string {
  if (fault.kind === 'kill') {
    const unheard =
      fault.targets.includes('api') && fault.unheardMs > 0 ? `, deaf for ${fault.unheardMs} ms before` : ''
    return `kill -9 ${fault.targets.join(' and ')}${unheard}, down for ${fault.downMs} ms`
  }
  return 'forMs' in fault ? `${fault.kind} for ${fault.forMs} ms` : fault.kind
}
