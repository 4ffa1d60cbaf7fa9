import type { Machine } from '../../local/machine.ts'
import { atOneMoment, connectPatiently, type Figures } from '../../postgres/copies.ts'
import { CommandFault } from '../command.ts'
import { addressFor, feed, postgresProgram, runPiped, sealOutput } from './programs.ts'
import { type SealedFile, unseal } from './sealed.ts'

export type Dumped = SealedFile & Readonly<{ installation: string; figures: Figures }>

/**
 * Dumps the database as it is at one moment, of which the figures are, too.
 * @throws CommandFault where it is none of ours.
 */
export async function dumpPostgres(
  input: Readonly<{ url: string; key: string; path: string; machine: Machine }>,
): Promise<Dumped> {
  const program = postgresProgram(input.machine, 'pg_dump')
  const { dbname, env } = addressFor(input.url)
  const db = connectPatiently(input.url)
  try {
    const dumped = await atOneMoment(db, async ({ installation, snapshot, figures }) => {
      const command = [program, '--format=custom', `--snapshot=${snapshot}`, `--dbname=${dbname}`] as const
      const sealed = await sealOutput(command, { env, key: input.key, path: input.path })
      return { ...sealed, installation, figures }
    })
    if (!dumped)
      throw new CommandFault('This database holds nothing of Landfast: run `bun run db:migrate` first.')
    return dumped
  } finally {
    await db.destroy()
  }
}

/** Restores a dump into an empty database, whose user owns all of it then. Who else may what is not in it. */
export async function restoreDump(
  input: Readonly<{ path: string; key: string; url: string; machine: Machine }>,
): Promise<void> {
  const program = postgresProgram(input.machine, 'pg_restore')
  const { dbname, env } = addressFor(input.url)
  const restore = runPiped([program, '--exit-on-error', '--no-owner', '--no-acl', `--dbname=${dbname}`], {
    env,
    stdin: 'pipe',
  })
  await unseal(input.path, input.key, (plain) => feed(restore, plain))
}

export function withDatabase(url: string, name: string): string {
  const address = new URL(url)
  address.pathname = `/${encodeURIComponent(name)}`
  return address.href
}

export const databaseIn = (url: string) => decodeURIComponent(new URL(url).pathname.slice(1))
