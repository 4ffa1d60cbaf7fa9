import { parseArgs } from 'node:util'
import type { PageServer } from './processes.ts'

export const usage = `bun run start        finds or starts every service, then runs API and worker
bun run dev          the same, with hot reload of page, API and worker
    --port N         where the page of dev is, 5173 without it
    --host [ADDRESS] other machines reach it there, too: on all addresses, or on one
bun run doctor       says what either would do, and what is in the way`

/** What `start` is told beside its settings: help, or where Vite serves the page. */
export type Told = Readonly<{ help: boolean; dev?: PageServer }>

/** @throws Error with one sentence for what means nothing. */
export function readArguments(args: readonly string[]): Told {
  const spelledOut = args.map((word, place) =>
    word === '--host' && !/^[^-]/.test(args[place + 1] ?? '') ? '--host=0.0.0.0' : word,
  )
  const { values } = parseArgs({
    args: spelledOut,
    options: {
      help: { type: 'boolean', default: false },
      dev: { type: 'boolean', default: false },
      host: { type: 'string' },
      port: { type: 'string', default: '5173' },
    },
  })
  const { help, dev, host } = values
  const port = Number(values.port)
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new Error('--port must be a whole number from 1 to 65535')
  if (!dev && (host !== undefined || spelledOut.some((word) => word.startsWith('--port'))))
    throw new Error(
      '--host and --port are for "bun run dev"; LISTEN_ADDRESS and PORT say where "start" listens',
    )
  return { help, ...(dev ? { dev: { port, ...(host === undefined ? {} : { host }) } } : {}) }
}
