import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Setting, settings } from '../config.ts'
import { CommandFault, runCommand } from './command.ts'

/** What an example file is for, and where it differs from the defaults. */
type Example = Readonly<{ file: string; about: string; values: Readonly<Record<string, string>> }>

export const examples: readonly Example[] = [
  { file: '.env.example', about: 'Every setting with its default.', values: {} },
  {
    file: '.env.development.example',
    about: 'For work on Landfast: no limits, all logged, and the page of `bun run dev` may submit.',
    values: {
      CORS_ORIGINS: 'http://localhost:5173',
      RATE_LIMIT_RPM: '0',
      PAGE_CACHE_TTL_S: '1',
      LOG_LEVEL: 'debug',
    },
  },
  {
    file: '.env.staging.example',
    about: 'For rehearsals: as strict as production, a window of five minutes, and little is kept.',
    values: {
      NODE_ENV: 'production',
      PUBLIC_URL: 'https://staging.example.com',
      ALLOWED_HOSTS: 'staging.example.com',
      DEDUP_WINDOW_S: '300',
      REQUEST_LOG_TTL_DAYS: '7',
      LOG_LEVEL: 'debug',
    },
  },
  {
    file: '.env.production.example',
    about: 'For campaigns: fill in the secrets. docker-compose.yml knows the addresses of its own stores.',
    values: {
      NODE_ENV: 'production',
      PUBLIC_URL: 'https://www.example.com',
      ALLOWED_HOSTS: 'www.example.com,example.com',
      WORKER_CONCURRENCY: '8',
      DATABASE_POOL_MAX: '20',
    },
  },
]

const secret = /SECRET|ACCESS_KEY|PASSWORD/

/** The text of an example file: each setting under its explanation, in the order of `settings`. */
export function exampleText(example: Example): string {
  const head = [
    `# ${example.about}`,
    '# Copy it to .env and change what differs. Empty means the default.',
    '# NAME_FILE=/path instead of NAME=value reads the value from a file, as for a Docker secret.',
    '# Written by `bun run env:example` from backend/config.ts.',
  ]
  const lines = settings.flatMap((setting) => ['', ...about(setting), `${setting.name}=${value(setting)}`])
  return `${[...head, ...lines].join('\n')}\n`

  function value({ name, fallback }: Setting) {
    return example.values[name] ?? fallback
  }
  function about(setting: Setting) {
    const { name, about, sample } = setting
    return [
      `# ${about}${secret.test(name) ? ' (a secret: never in git)' : ''}`,
      ...(sample && !value(setting) ? [`# such as ${sample}`] : []),
    ]
  }
}

/** The example files whose text is no longer that of the settings, missing ones included. */
function staleExamples(folder: string): string[] {
  const textOf = (file: string) => {
    try {
      return readFileSync(join(folder, file), 'utf8')
    } catch {
      return undefined
    }
  }
  return examples.filter((example) => textOf(example.file) !== exampleText(example)).map(({ file }) => file)
}

const usage = `
bun run env:example [--check]

Writes ${examples.map(({ file }) => file).join(', ')}
from the settings in backend/config.ts. With --check it writes nothing, and exits with 1 when a file is out of date.
`

async function writeOrCheck(args: readonly string[]): Promise<void> {
  const folder = resolve(import.meta.dir, '../..')
  const strange = args.find((arg) => arg !== '--check')
  if (strange) throw new CommandFault(`There is no option ${strange}: see bun run env:example --help`)
  if (args.includes('--check')) {
    const stale = staleExamples(folder)
    if (stale.length > 0) throw new CommandFault(`Out of date: ${stale.join(', ')}. Run: bun run env:example`)
    return
  }
  for (const example of examples) writeFileSync(join(folder, example.file), exampleText(example))
  console.log(`Wrote ${examples.map(({ file }) => file).join(', ')}.`)
}

if (import.meta.main) {
  const args = process.argv.slice(2)
  await runCommand(usage, args, () => writeOrCheck(args))
}
