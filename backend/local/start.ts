import { readArguments, type Told, usage } from './arguments.ts'
import { runLine } from './run.ts'

function toldOrExit(): Told {
  try {
    return readArguments(process.argv.slice(2))
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`)
    process.exit(2)
  }
}

const told = toldOrExit()
if (told.help) {
  console.log(usage)
  process.exit(0)
}

const stop = new AbortController()
const force = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    if (!stop.signal.aborted) {
      console.log('Ending: API, worker, services (once more ends them at once)')
      stop.abort()
    } else if (signal === 'SIGINT') force.abort()
  })

process.exitCode = await runLine({
  env: process.env,
  dev: told.dev,
  print: (line) => console.log(line),
  stop: stop.signal,
  force: force.signal,
})
process.exit()
