import type { EndpointReport, TestReport } from '../../deliveries/desk.ts'
import { concurrencyMax, perSecondMax } from '../../deliveries/endpoint.ts'
import { leadEvents } from '../../deliveries/lead.ts'
import type { KeptAttempt, KeptChange } from '../../deliveries/ports.ts'
import type { Target } from '../../deliveries/target.ts'
import { targetNames, targetOptions, targets } from '../../deliveries/targets.ts'
import type { FieldErrors } from '../../problem.ts'

/** Every endpoint, two or three lines each. */
export function listLines(reports: readonly EndpointReport[], heldSince?: Date): string[] {
  const held = heldSince
    ? [
        `Nothing is sent since ${heldSince.toISOString()}: the database was put back, and what waits may have been sent before.`,
        '`bun run deliveries resume-all` shows what would be sent.',
      ]
    : []
  return [...held, ...endpointLines(reports)]
}

/** What would be sent if it were not held, and how to say yes or no to it. */
export const heldLines = (reports: readonly EndpointReport[]): string[] => [
  ...reports.map(({ endpoint, figures: { waiting, oldestWaitingS } }) => {
    const state = endpoint.state === 'on' ? '' : ` (not yet: it is ${endpoint.state})`
    const since =
      waiting === 0 ? '' : `, the oldest of ${new Date(Date.now() - oldestWaitingS * 1000).toISOString()}`
    return `${endpoint.name}  ${endpoint.target}  ${waiting} would be sent${since}${state}`
  }),
  'They were due when the backup was made, and may have been sent since: under the same ids, by which programs leave out what they',
  'have. Pause what cannot (`bun run deliveries pause NAME`), or remove it. `bun run deliveries resume-all --yes` sends the rest.',
]

/** What was done, a line each. */
export const changeLines = (changes: readonly KeptChange[]): string[] =>
  changes.length === 0
    ? ['Nothing was changed yet.']
    : changes.map(({ at, by, action, endpoint = '', before, after }) =>
        [
          ...[at.toISOString(), by, action, endpoint],
          [before, after].map((each) => (each ? JSON.stringify(each) : '')).join(' -> '),
        ].join('  '),
      )

function endpointLines(reports: readonly EndpointReport[]): string[] {
  if (reports.length === 0)
    return ['No endpoint is told of leads yet; `bun run deliveries add NAME URL` adds one.']
  return reports.flatMap(({ endpoint, figures }) => {
    const { waiting, oldestWaitingS, parked, delivered, failed, medianMs, lastFailure, lastFailureAt } =
      figures
    const made = delivered + failed
    const success =
      made === 0 ? 'no attempts today' : `${Math.floor((100 * delivered) / made)} % of ${made} attempts today`
    const took = medianMs === null ? '' : `, ${Math.round(medianMs)} ms`
    const wait =
      waiting === 0 ? 'nothing waits' : `${waiting} wait, the oldest for ${Math.round(oldestWaitingS)} s`
    return [
      `${endpoint.name}  ${endpoint.target}  ${endpoint.host}  ${endpoint.state}${endpoint.because ? ` (${endpoint.because})` : ''}`,
      `  ${success}${took}; ${wait}; ${parked} given up`,
      ...(lastFailure && lastFailureAt
        ? [`  last failure ${lastFailureAt.toISOString()}: ${lastFailure}`]
        : []),
      ...(endpoint.state === 'parked' || parked > 0
        ? [`  \`bun run deliveries recover ${endpoint.name}\` sends what waits and what was given up`]
        : []),
    ]
  })
}

export function testLines({ request, answer, outcome, tookMs }: TestReport): string[] {
  return [
    whereTo(new URL(request.url), request.method ?? 'POST'),
    ...Object.entries(request.headers).map(([name, value]) => `  ${name}: ${value}`),
    `  ${request.body}`,
    answer.status === 0
      ? `No answer: ${answer.because}`
      : `Answer ${answer.status} after ${Math.round(tookMs)} ms: ${answer.body.slice(0, 500) || '(empty)'}`,
    outcome.kind === 'delivered' ? 'Delivered.' : `Not delivered: ${outcome.because}.`,
  ]
}

/** Without what only the receiver is to know. */
const whereTo = ({ protocol, host }: URL, method: string) =>
  `${/^smtps?:$/.test(protocol) ? 'Mail by' : method} ${protocol}//${host}/…`

export function attemptLines(attempts: readonly KeptAttempt[]): string[] {
  if (attempts.length === 0) return ['No attempts in the last 30 days.']
  return attempts.map(({ endpoint, leadId, event, attempt, at, tookMs, status, because, answer }) =>
    [
      at.toISOString(),
      endpoint,
      event,
      leadId,
      `#${attempt}`,
      `${tookMs} ms`,
      because ?? `${status}`,
      ...(answer ? [JSON.stringify(answer.slice(0, 120))] : []),
    ].join('  '),
  )
}

const words: Readonly<Record<string, string>> = {
  name: 'The name may have 1 to 32 of a-z, 0-9, - and _, and must not be taken: `bun run deliveries list` has all.',
  target: `--target must be one of ${targetNames.join(', ')}.`,
  url: 'The address must be like https://example.com/leads.',
  events: `--event must be one of ${leadEvents.join(', ')}.`,
  headers:
    '--header may not set what is ours (webhook-…, content-type, host and the like); 20 of them at most, in ASCII.',
  concurrency: `--concurrency must be from 1 to ${concurrencyMax}.`,
  per_second: `--per-second must be from 1 to ${perSecondMax}.`,
}

/** What is wrong with a new endpoint, in sentences. */
export const faultLines = (faults: FieldErrors): string[] =>
  Object.entries(faults).map(
    ([field, [code]]) =>
      urlLine(code) ?? optionLine(field, code) ?? words[field] ?? `--${field} is not one or more texts.`,
  )

const urlLine = (code: string | undefined) => {
  const ofTarget = targetNames.find((name) => code === `not_of_${name}`)
  return ofTarget && (targets[ofTarget] as Target).address?.must
}

function optionLine(field: string, code: string | undefined): string | undefined {
  if (field === 'headers' && code === 'not_of_this_target')
    return '--header is for receivers that are asked over http: leave it out.'
  const option = targetOptions.find(({ name }) => name === field)
  if (!option) return undefined
  if (code === 'not_of_this_target')
    return `--${field} is for ${targetsWith(field).join(' and ')}: say --target, or leave it out.`
  return `--${field} ${code === 'required' ? 'is missing: it' : ''} must be ${option.must}.`.replace(
    '  ',
    ' ',
  )
}

const targetsWith = (option: string) =>
  targetNames.filter((name) => (targets[name] as Target).options?.some((each) => each.name === option))

/** What targets ask for, as lines of the usage. */
export const optionLines = (): string[] =>
  targetOptions.map(
    ({ name, about }) => `             --${`${name} X`.padEnd(17)}${about} (${targetsWith(name).join(', ')})`,
  )
