import { reachOwnDirectly } from '../../own-address.ts'
import { filesLike } from '../house/sources.ts'
import { checkAdvisories } from './advisories.ts'
import { isServed } from './needs.ts'
import { killAll } from './step.ts'
import { closing, runStep, runTests, type Say } from './suite.ts'
import type { Tally } from './tally.ts'

/** Every test file that needs no server. Those of the house are among them. */
export function unitTests(): string[] {
  return filesLike('{backend,frontend,docker}/**/*.test.{ts,tsx}').filter((file) => !isServed(file))
}

/** Checks all that can be checked without a server, side by side. */
export function verify(say: Say): Promise<Tally[]> {
  const tool = (...words: string[]) => [process.execPath, 'run', '--silent', '--bun', ...words]
  return Promise.all([
    runStep(say, {
      title: 'format and lint',
      command: tool('biome', 'check', '--error-on-warnings', '--colors=off', '--max-diagnostics=20', '.'),
      mendedBy: 'bun run format',
    }),
    runStep(say, { title: 'types', command: tool('tsc', '-p', '.', '--pretty', 'false') }),
    runStep(say, {
      title: 'size of the page',
      command: [process.execPath, '--no-env-file', 'backend/testing/house/page-budget.ts'],
    }),
    runStep(say, {
      title: 'example settings',
      command: tool('backend/commands/env.ts', '--check'),
      mendedBy: 'bun run env:example',
    }),
    runStep(say, {
      title: 'words of nginx',
      command: tool('backend/commands/campaign.ts', 'nginx', '--check'),
      mendedBy: 'bun run campaign:nginx',
    }),
    checkAdvisories(say),
    runTests(say, {
      title: 'unit tests',
      files: unitTests(),
      testTimeoutMs: 20_000,
      timeoutMs: 300_000,
      options: ['--isolate'],
    }),
  ])
}

const usage = `bun run verify

Checks without any server: format and lint, types, the size of the page, the example settings, the words of nginx, known weaknesses of
packages where the registry answers, and every unit test, the rooms, the licences and the README among them. Ends with its counts, and with 1 when something failed.
`

if (import.meta.main && process.argv.includes('--help')) process.stdout.write(usage)
else if (import.meta.main) {
  reachOwnDirectly(process.env)
  const say: Say = (line) => process.stdout.write(`${line}\n`)
  process.once('SIGINT', () => {
    killAll()
    process.exit(130)
  })
  const { lines, exitCode } = closing(await verify(say))
  for (const line of lines) say(line)
  process.exitCode = exitCode
}
