import { parseArgs } from 'node:util'
import { isId } from '../batching/ids.ts'
import { type DeliveryDesk, DeskFault } from '../deliveries/desk.ts'
import { leadEvents } from '../deliveries/lead.ts'
import { targetNames, targetOptions } from '../deliveries/targets.ts'
import { createLog } from '../log.ts'
import { theCommand } from '../operators/audit.ts'
import { connectPostgres } from '../postgres/connection.ts'
import { InvalidFields } from '../problem.ts'
import { wireDeliveryDesk } from '../wiring/delivery-desk.ts'
import { CommandFault, runCommand } from './command.ts'
import {
  attemptLines,
  changeLines,
  faultLines,
  heldLines,
  listLines,
  optionLines,
  testLines,
} from './deliveries/words.ts'
import { settingsOf } from './settings.ts'

const usage = `
Usage: bun run deliveries list                     every endpoint: state, backlog, success, last failure
       bun run deliveries add NAME [URL] [...]     tell this address of every lead that is stored from now on
       bun run deliveries test NAME                send a message that says nothing of anybody, and show the answer
       bun run deliveries move NAME [URL] [...]    another address, token or header for it; what waits stays
       bun run deliveries pause NAME               send nothing for now; what is stored meanwhile waits
       bun run deliveries resume NAME              go on where it was paused
       bun run deliveries recover NAME [--since T] on again, and what waits or was given up goes out now, 100 a second
       bun run deliveries replay NAME --lead ID    send once more, under the same id (or --since T and --until T)
       bun run deliveries rotate NAME              a new secret; the one before signs beside it for a day
       bun run deliveries log [NAME] [--lead ID]   the latest attempts, with what was answered
       bun run deliveries audit [NAME]             who changed what, with before and after
       bun run deliveries resume-all               after the database was put back: what would be sent, perhaps again
       bun run deliveries remove NAME              forget it, and what it was still to be told
With add:    --campaign X --source X --variant X --language X   only these leads; each may be given several times
             --event E          ${leadEvents.join(', ')}, as often as you like
             --suspect          leads that look like a robot's as well
             --notices          what operators are to know of other endpoints, too (--only-notices: and no leads)
             --thin             id and state only, no phone
             --header 'K: V'    a header of your own, such as Authorization
             --concurrency N    deliveries on their way at once, of each worker (4)
             --per-second N     deliveries a second, of each worker
             --target T         ${targetNames.join(', ')}; else as the address shows
${optionLines().join('\n')}
With replay, remove and resume-all: --yes does it; without, you are told what would be done. A time T is such as 2026-11-30T08:00Z.
Reads the settings from the environment or .env, else those of \`bun run start\`.`

const list = { type: 'string', multiple: true } as const
const text = { type: 'string' } as const
const flag = { type: 'boolean' } as const

const options = {
  ...{ campaign: list, source: list, variant: list, language: list, header: list, event: list },
  ...{ suspect: flag, thin: flag, yes: flag, notices: flag, 'only-notices': flag },
  ...{ concurrency: text, 'per-second': text, target: text, since: text, until: text, lead: text },
  ...(Object.fromEntries(targetOptions.map(({ name }) => [name, text])) as Record<never, typeof text>),
}

type Options = ReturnType<typeof read>['values']
type Action = Readonly<{
  words: readonly [least: number, most: number]
  may: readonly string[]
  run(desk: DeliveryDesk, words: readonly string[], values: Options): Promise<readonly string[]>
}>

const ofTargets = targetOptions.map(({ name }) => name)
const wantedOptions = ['campaign', 'source', 'variant', 'language', 'suspect'] as const

const actions: Readonly<Record<string, Action>> = {
  list: { words: [0, 0], may: [], run: async (desk) => listLines(await desk.list(), await desk.heldSince()) },
  add: {
    words: [1, 2],
    may: [
      ...wantedOptions,
      ...ofTargets,
      'notices',
      'only-notices',
      'event',
      'thin',
      'header',
      'concurrency',
      'per-second',
      'target',
    ],
    async run(desk, [name, url], values) {
      const given: Readonly<Record<string, unknown>> = values
      const asGiven = Object.fromEntries(
        [...wantedOptions, ...ofTargets].map((option) => [option, given[option]]),
      )
      const { endpoint, secret } = await desk.add({
        ...{
          name,
          url,
          ...asGiven,
          events: values.event,
          notices: noticesOf(values),
          thin: values.thin,
          target: values.target,
        },
        headers: headersOf(values.header ?? []),
        concurrency: numberOf('--concurrency', values.concurrency),
        per_second: numberOf('--per-second', values['per-second']),
      })
      const what = values['only-notices'] ? 'endpoints in trouble' : 'every lead that is stored'
      const told = `${endpoint.name} (${endpoint.target}) is told of ${what} from now on.`
      const next = `Try it: bun run deliveries test ${endpoint.name}`
      if (secret === undefined) return [told, next]
      console.error(told)
      console.error('Its secret, by which the receiver knows that it is us. It is shown this once:')
      console.log(secret)
      console.error(next)
      return []
    },
  },
  test: {
    words: [1, 1],
    may: [],
    async run(desk, [name]) {
      const report = await desk.test(name!)
      if (report.outcome.kind !== 'delivered') process.exitCode = 1
      return testLines(report)
    },
  },
  move: {
    words: [1, 2],
    may: [...ofTargets, 'header'],
    async run(desk, [name, url], values) {
      const given: Readonly<Record<string, unknown>> = values
      await desk.move(name!, {
        ...Object.fromEntries(ofTargets.map((option) => [option, given[option]])),
        ...(url !== undefined && { url }),
        ...(values.header && { headers: headersOf(values.header) }),
      })
      return [
        `${name} is reached there from now on. Try it: bun run deliveries test ${name}`,
        `If it was parked: \`bun run deliveries recover ${name}\` sends what waits.`,
      ]
    },
  },
  pause: {
    words: [1, 1],
    may: [],
    async run(desk, [name]) {
      await desk.pause(name!)
      return [
        `Nothing is sent to ${name} for now; leads wait. \`bun run deliveries resume ${name}\` goes on.`,
      ]
    },
  },
  resume: {
    words: [1, 1],
    may: [],
    async run(desk, [name]) {
      await desk.resume(name!)
      return [`${name} is on again.`]
    },
  },
  recover: {
    words: [1, 1],
    may: ['since'],
    async run(desk, [name], values) {
      const count = await desk.recover(name!, timeOf('--since', values.since))
      return [`${name} is on again; ${count} deliveries go out now, 100 a second.`]
    },
  },
  replay: {
    words: [1, 1],
    may: ['lead', 'since', 'until', 'yes'],
    async run(desk, [name], values) {
      const range = {
        leadId: idOf(values.lead),
        since: timeOf('--since', values.since),
        until: timeOf('--until', values.until),
      }
      if (!range.leadId && !range.since)
        throw new CommandFault('Say which: --lead ID, or --since T and --until T.')
      const count = await desk.replay(name!, range, values.yes ?? false)
      if (values.yes) return [`${count} deliveries go out once more, 100 a second.`]
      return [`${count} deliveries would go out once more. --yes sends them.`]
    },
  },
  rotate: {
    words: [1, 1],
    may: [],
    async run(desk, [name]) {
      const secret = await desk.rotate(name!)
      console.error(
        'The new secret signs from now on, the one before beside it for a day. It is shown this once:',
      )
      return [secret]
    },
  },
  log: {
    words: [0, 1],
    may: ['lead'],
    run: async (desk, [name], values) =>
      attemptLines(await desk.attempts({ name, leadId: idOf(values.lead) }, 50)),
  },
  audit: {
    words: [0, 1],
    may: [],
    run: async (desk, [name]) => changeLines(await desk.changes(name, 50)),
  },
  'resume-all': {
    words: [0, 0],
    may: ['yes'],
    async run(desk, _, values) {
      if (!(await desk.heldSince())) return ['Nothing is held: what is due is sent.']
      if (!values.yes) return heldLines(await desk.list())
      await desk.resumeAll()
      return ['What waits goes out when it is due.']
    },
  },
  remove: {
    words: [1, 1],
    may: ['yes'],
    async run(desk, [name], values) {
      const found = (await desk.list()).find(({ endpoint }) => endpoint.name === name)
      const open = (found?.figures.waiting ?? 0) + (found?.figures.parked ?? 0)
      if (found && !values.yes)
        return [
          `${name} and its log would be forgotten, with ${open} deliveries that were not made. --yes does it.`,
        ]
      await desk.remove(name!)
      return [`${name} is forgotten.`]
    },
  },
}

const noticesOf = (values: Options) => (values['only-notices'] ? 'only' : values.notices ? 'also' : undefined)

function headersOf(lines: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    lines.map((line) => {
      const [, name, value] = /^([^:\s]+):\s*(.*)$/.exec(line) ?? []
      if (name === undefined) throw new CommandFault("--header must be like 'Authorization: Bearer abc'.")
      return [name, value ?? '']
    }),
  )
}

function numberOf(name: string, given: string | undefined): number | undefined {
  if (given === undefined) return undefined
  if (!/^\d{1,6}$/.test(given)) throw new CommandFault(`${name} must be a whole number.`)
  return Number(given)
}

function timeOf(name: string, given: string | undefined): Date | undefined {
  if (given === undefined) return undefined
  const time = new Date(given)
  if (!/^\d{4}-\d\d-\d\d/.test(given) || Number.isNaN(time.getTime()))
    throw new CommandFault(`${name} must be a time such as 2026-11-30T08:00Z.`)
  return time
}

function idOf(given: string | undefined): string | undefined {
  if (given !== undefined && !isId(given)) throw new CommandFault('--lead must be the id of a lead.')
  return given
}

/** An id that begins with a minus is no option. */
function withNumbers(args: readonly string[]): string[] {
  const isNumber = (at: number) => args[at - 1]?.startsWith('--') === true && /^-\d+$/.test(args[at] ?? '')
  return args.flatMap((arg, at) =>
    isNumber(at) ? [] : isNumber(at + 1) ? [`${arg}=${args[at + 1]}`] : [arg],
  )
}

function read(args: string[]) {
  try {
    return parseArgs({ args: withNumbers(args), options, allowPositionals: true })
  } catch {
    throw new CommandFault(usage.trim())
  }
}

await runCommand(usage, process.argv.slice(2), async () => {
  const { values, positionals } = read(process.argv.slice(2))
  const [name = '', ...words] = positionals
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined
  const isFit =
    action &&
    words.length >= action.words[0] &&
    words.length <= action.words[1] &&
    Object.keys(values).every((option) => action.may.includes(option))
  if (!isFit) throw new CommandFault(usage.trim())
  const config = settingsOf(process.env)
  const db = connectPostgres({
    url: config.workerDatabaseUrl,
    poolMax: 2,
    applicationName: 'landfast-deliveries',
    log: createLog({ level: 'error', process: 'deliveries' }),
  })
  try {
    for (const line of await action.run(wireDeliveryDesk(config, db)(theCommand), words, values))
      console.log(line)
  } catch (error) {
    if (error instanceof InvalidFields) throw new CommandFault(faultLines(error.fields).join('\n'))
    throw error instanceof DeskFault ? new CommandFault(error.message) : error
  } finally {
    await db.destroy()
  }
})
