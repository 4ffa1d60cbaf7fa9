import { InvalidConfig } from '../config.ts'
import { errorFields } from '../log.ts'

/** A failure that the person at the keyboard can mend: its message says what happened and what to do. */
export class CommandFault extends Error {}

/**
 * Runs a command: `--help` prints its usage, a fault ends it with one sentence and exit code 1.
 * Returns when the command has finished; the process then ends by itself.
 */
export async function runCommand(
  usage: string,
  args: readonly string[],
  run: () => Promise<void>,
): Promise<void> {
  if (args.includes('--help') || args.includes('-h')) {
    console.log(usage.trim())
    return
  }
  try {
    await run()
  } catch (error) {
    console.error(
      error instanceof CommandFault || error instanceof InvalidConfig ? error.message : sentence(error),
    )
    process.exitCode = 1
  }
}

function sentence(error: unknown): string {
  const { error: message, code, help } = errorFields(error)
  const what = `It did not work: ${message || 'no reason was given'}${code ? ` (${code})` : ''}`
  return help ? `${what}: ${help}.` : what
}
