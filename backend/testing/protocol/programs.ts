import fc from 'fast-check'
import type { Command, Fate } from './protocol.ts'

export const windowMs = 3_000
const visitors = 4
const keys = 2
const commandsMax = 60

const kinds = {
  submit: fc.record({
    do: fc.constant('submit' as const),
    visitor: fc.nat(visitors - 1),
    key: fc.nat(keys),
  }),
  let: fc.record({
    do: fc.constant('let' as const),
    which: fc.nat(7),
    fate: fc.oneof(
      { weight: 6, arbitrary: fc.constant<Fate>('done') },
      { weight: 4, arbitrary: fc.constantFrom<Fate>('refused', 'unheard', 'late', 'half') },
    ),
  }),
  work: fc.record({ do: fc.constant('work' as const), which: fc.nat(2) }),
  killWorker: fc.record({ do: fc.constant('kill worker' as const), which: fc.nat(3) }),
  killApi: fc.constant({ do: 'kill api' as const }),
  close: fc.constant({ do: 'close redis' as const }),
  open: fc.constant({ do: 'open redis' as const }),
  lose: fc.constant({ do: 'lose claims' as const }),
  wait: fc.record({
    do: fc.constant('wait' as const),
    // Around the edge of the window, and around the moments a process remembers.
    ms: fc.constantFrom(1, 500, 999, 1_000, 2_000, windowMs - 1, windowMs),
  }),
}

/** Schedules of visitors, answers, workers and faults, in any order. */
export const anyProgram: fc.Arbitrary<Command[]> = fc.array(
  fc.oneof(
    { weight: 10, arbitrary: kinds.submit },
    { weight: 16, arbitrary: kinds.let },
    { weight: 5, arbitrary: kinds.work },
    { weight: 2, arbitrary: kinds.killWorker },
    { weight: 1, arbitrary: kinds.killApi },
    { weight: 1, arbitrary: kinds.close },
    { weight: 2, arbitrary: kinds.open },
    { weight: 1, arbitrary: kinds.lose },
    { weight: 4, arbitrary: kinds.wait },
  ),
  { maxLength: commandsMax, size: 'max' },
)

// All of them together stay within one window: what waits longer than that on its way is another matter.
const moment = fc.record({
  do: fc.constant('wait' as const),
  ms: fc.nat(Math.floor(windowMs / (commandsMax + 1))),
})

/** Schedules within one window in which nothing breaks; only the order is open. */
export const calmProgram: fc.Arbitrary<Command[]> = fc.array(
  fc.oneof(
    { weight: 10, arbitrary: kinds.submit },
    { weight: 16, arbitrary: kinds.let.map((command) => ({ ...command, fate: 'done' as const })) },
    { weight: 5, arbitrary: kinds.work },
    { weight: 4, arbitrary: moment },
  ),
  { maxLength: commandsMax, size: 'max' },
)
