import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { keyRights } from '../../operators/rights.ts'
import { reachOwnDirectly } from '../../own-address.ts'
import { operatorCommand } from '../stage/operator-command.ts'
import { start } from '../stage/started.ts'

const version = '4.32.5'
const usage = `bun run fuzz [--examples 20] [--seed 1] [--as stranger|operator]

Starts everything as \`bun run start\` does, in production, with data of its own that is gone afterwards, and sends every route of
the API document what it should take and what it should not: as a stranger, then with an operator key of every right. An
answer of 5xx, one that the document does not know, and invalid data that is taken are faults. It takes minutes.

Needs schemathesis ${version}: \`python3 -m venv ~/fuzz && ~/fuzz/bin/pip install schemathesis==${version}\`, and
\`PATH=~/fuzz/bin:$PATH\`.
`

reachOwnDirectly(process.env)
const { values } = parseArgs({
  options: {
    examples: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    as: { type: 'string' },
    help: { type: 'boolean' },
  },
})
if (values.help) {
  process.stdout.write(usage)
  process.exit(0)
}
const program = Bun.which('schemathesis')
if (!program) {
  process.stderr.write(`schemathesis is not on PATH.\n\n${usage}`)
  process.exit(2)
}

const data = mkdtempSync(join(tmpdir(), 'landfast-fuzz-'))
const started = start({
  DATA_DIR: data,
  NODE_ENV: 'production',
  PUBLIC_URL: 'https://fuzz.example.com',
  TRUSTED_PROXIES: '127.0.0.0/8',
  RATE_LIMIT_RPM: '0',
  MONGO_URL: undefined,
  S3_ENDPOINT: undefined,
})
const end = async () => {
  await started.remove()
  rmSync(data, { recursive: true, force: true })
}
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void end().finally(() => process.exit(130)))
try {
  const origin = await started.origin()
  const made = await operatorCommand(
    ['admin.ts', 'key', '--name', 'fuzz', '--rights', [...keyRights].join(',')],
    { DATA_DIR: data },
  )
  const [key] = /\S{40,}/.exec(made.out) ?? []
  if (!key) throw new Error(`no operator key was made: ${made.out}${made.err}`)
  for (const [who, headers] of [
    ['stranger', []],
    ['operator', ['--header', `Authorization: Bearer ${key}`]],
  ] as const) {
    if (values.as !== undefined && values.as !== who) continue
    process.stdout.write(`\nAs ${who}\n`)
    if ((await fuzz(program, origin, headers)) !== 0) process.exitCode = 1
  }
} finally {
  await end()
}

async function fuzz(schemathesis: string, origin: string, headers: readonly string[]): Promise<number> {
  const run = Bun.spawn(
    [
      ...[schemathesis, '--config-file', 'schemathesis.toml', 'run', `${origin}/api/docs/json`],
      ...['--url', origin, '--phases', 'examples,coverage,fuzzing,stateful'],
      ...['--max-examples', values.examples, '--seed', values.seed, ...headers],
    ],
    { cwd: import.meta.dir, stdout: 'inherit', stderr: 'inherit' },
  )
  return await run.exited
}
