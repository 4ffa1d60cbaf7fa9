import { runLine } from './run.ts'

if (process.argv.includes('--help')) {
  console.log(`bun run start        finds or starts every service, then runs API and worker
bun run dev          the same, with hot reload of page, API and worker
bun run doctor       says what either would do, and what is in the way`)
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
  dev: process.argv.includes('--dev'),
  print: (line) => console.log(line),
  stop: stop.signal,
  force: force.signal,
})
process.exit()
