import { existsSync, readFileSync } from 'node:fs'
import { textWriter } from '../output.ts'
import { readArguments, type Told, usage } from './arguments.ts'
import { runAll } from './run.ts'

function toldOrExit(): Told {
  try {
    return readArguments(process.argv.slice(2))
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`)
    process.exit(2)
  }
}

/** Whether it was started with nohup, so that the end of its terminal shall not be its own. */
function outlivesTerminal(): boolean {
  const status = existsSync('/proc/self/status') ? readFileSync('/proc/self/status', 'utf8') : ''
  const lastDigit = /^SigIgn:\s*[0-9a-f]*([0-9a-f])$/m.exec(status)?.[1] ?? '0'
  return (Number.parseInt(lastDigit, 16) & 1) === 1
}

const told = toldOrExit()
if (told.help) {
  console.log(usage)
  process.exit(0)
}

const print = textWriter(process.stdout, (lines) => `(${lines} lines could not be written)`)

const stop = new AbortController()
const force = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', ...(outlivesTerminal() ? [] : ['SIGHUP' as const])] as const)
  process.on(signal, () => {
    if (!stop.signal.aborted) {
      print('Ending: API, worker, services (once more ends them at once)')
      stop.abort()
    } else if (signal === 'SIGINT') {
      force.abort()
      process.exit(130)
    }
  })

process.exitCode = await runAll({
  env: process.env,
  dev: told.dev,
  print,
  stop: stop.signal,
  force: force.signal,
})
process.exit()
