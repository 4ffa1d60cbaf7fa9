import { root } from '../house/sources.ts'
import { shardsOfLine } from './line.ts'

/** What a command wrote, and how it ended. */
export type CommandOutcome = Readonly<{ out: string; err: string; code: number }>

/** Runs a file of `backend/commands` as an operator would, with these settings and no others of this machine. */
export async function operatorCommand(
  [file, ...words]: readonly [file: string, ...words: string[]],
  settings: Readonly<Record<string, string | undefined>>,
): Promise<CommandOutcome> {
  const run = Bun.spawn([process.execPath, '--no-env-file', `backend/commands/${file}`, ...words], {
    cwd: root,
    env: { PATH: process.env.PATH, ...shardsOfLine, ...settings },
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const [out, err, code] = await Promise.all([
    new Response(run.stdout).text(),
    new Response(run.stderr).text(),
    run.exited,
  ])
  return { out, err, code }
}
