import { parseArgs } from 'node:util'
import { reachOwnDirectly } from '../../own-address.ts'
import { furtherFileSteps } from './further-files.ts'
import { machineSteps } from './machines.ts'
import { profileSteps } from './profiles.ts'
import { createScene, type Step } from './scene.ts'
import { serviceSteps } from './services.ts'
import { openStack } from './stack.ts'
import { updateSteps } from './updates.ts'
import { wholeSteps } from './whole.ts'

const usage = `bun run test:compose [--machines] [PART...]

Brings the stack up on the Docker engine of this machine, from a copy of this checkout, with a project, ports and volumes of
its own, and does with it what its users do, while visitors keep coming: a ledger of what they were told is the oracle.
Parts of names choose steps; the first and the last always run. It takes half an hour, and is not part of \`bun run test\`.
With --machines it is the stack of docker/compose.machines.yml, which loses a master of Redis and the primary of Postgres.

COMPOSE_FILE names compose files that this machine needs beside docker-compose.yml, as compose itself reads it.
`

reachOwnDirectly(process.env)
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { help: { type: 'boolean' }, machines: { type: 'boolean' } },
})
if (values.help) {
  process.stdout.write(usage)
  process.exit(0)
}

const say = (line: string) => process.stdout.write(`${line}\n`)
const stack = openStack(
  (process.env.COMPOSE_FILE ?? '')
    .split(':')
    .filter((file) => file && !/(^|\/)docker-compose\.yml$/.test(file)),
)
const scene = createScene(stack)
const [up, lead, down] = wholeSteps(stack, scene)
const steps: readonly Step[] = values.machines
  ? machineSteps(stack, scene)
  : [
      ...[up, lead, ...serviceSteps(stack, scene), ...updateSteps(stack, scene), down],
      ...profileSteps(stack, scene),
      ...furtherFileSteps(stack, scene),
    ]
let failed = 0
let passed = 0
const stop = () => stack.close().finally(() => process.exit(130))
process.once('SIGINT', stop)
process.once('SIGTERM', stop)
try {
  for (const { name, isNeeded, run } of steps) {
    if (!isNeeded && positionals.length > 0 && !positionals.some((part) => name.includes(part))) continue
    const startedMs = performance.now()
    const seconds = () => `${((performance.now() - startedMs) / 1000).toFixed(0)} s`
    try {
      const figures = await run()
      passed++
      say(`ok    ${name} (${[figures, seconds()].filter(Boolean).join(', ')})`)
    } catch (error) {
      failed++
      say(`FAIL  ${name} (${seconds()})\n${error instanceof Error ? error.message : error}`)
      if (isNeeded) break
    }
  }
} finally {
  await stack.close()
}
say(`${passed} passed, ${failed} failed`)
process.exit(failed === 0 && passed > 0 ? 0 : 1)
