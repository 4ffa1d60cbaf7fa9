import { expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { root, textOf } from './sources.ts'

const folders = ['backend', 'frontend', 'docker', '.ci']
const topLevel =
  /^(?:nginx\.conf|Dockerfile|LICENSE|biome\.json|bun\.lock|bunfig\.toml|docker-compose[\w.-]*\.ya?ml|package\.json|tsconfig\.json|README\.md|\.env[\w.]*\.example|\.dockerignore|\.gitignore)$/

/** The paths of the repository that a text names in backticks or links, `*` and `…` patterns left out. */
function pathsIn(text: string): string[] {
  const quoted = [...text.matchAll(/`([^`\n]+)`/g)].flatMap(([, code = '']) => code.split(/[\s,()→]+/))
  const linked = [...text.matchAll(/\]\(([^)\s#]+)/g)].map(([, target = '']) => target)
  const fenced = [...text.matchAll(/^```[^\n]*\n([\s\S]*?)^```/gm)].flatMap(([, code = '']) =>
    code.split(/[\s,()→'"]+/),
  )
  const ours = [...quoted, ...linked, ...fenced]
    .map((token) => token.replace(/^\.\//, '').replace(/[:;.]+$/, ''))
    .filter((token) => topLevel.test(token) || folders.some((folder) => token.startsWith(`${folder}/`)))
    .filter((token) => !/[*<>{}…$]|\.\.\./.test(token) && !token.startsWith('frontend/dist'))
  return [...new Set(ours)]
}

/** The scripts that a text tells to run with `bun run NAME`; `bun run FILE` is a path. */
function scriptsIn(text: string): string[] {
  const named = [...text.matchAll(/\bbun(?:@[\w.<>-]+)? run ([a-z][\w:.-]*)/g)].map(([, name = '']) => name)
  return [...new Set(named.filter((name) => !name.includes('/')))]
}

const missingPaths = (text: string) => pathsIn(text).filter((path) => !existsSync(join(root, path)))

function missingScripts(text: string): string[] {
  const { scripts = {} } = JSON.parse(textOf('package.json')) as { scripts?: Record<string, string> }
  return scriptsIn(text).filter((name) => !(name in scripts))
}

const readme = textOf('README.md')
const followOneLead = /^## Follow one lead$([\s\S]*?)(?=^## |$(?![\s\S]))/m.exec(readme)?.[1] ?? ''

test('every path named in README exists', () => {
  expect(missingPaths(readme)).toEqual([])
})

test('every command named in README is a script of package.json', () => {
  expect(missingScripts(readme)).toEqual([])
})

test('README follows one lead from the form to the row', () => {
  const paths = pathsIn(followOneLead)
  const steps = ['frontend/landing/', 'frontend/api/', 'nginx.conf', 'backend/http/', 'backend/leads/']
  for (const step of [...steps, 'backend/redis/', 'backend/jobs/', 'backend/postgres/', 'backend/mongo/'])
    expect(paths.filter((path) => path.startsWith(step))).not.toBeEmpty()
})

test('README starts and tests with the Bun that package.json pins', () => {
  const { packageManager } = JSON.parse(textOf('package.json')) as { packageManager: string }
  for (const script of ['start', 'test'])
    expect(readme).toMatch(new RegExp(`npx (?:--yes |-y )?${RegExp.escape(packageManager)} run ${script}\\b`))
})

test('a path or command that does not exist is reported', () => {
  const text = [
    '- `frontend/nowhere/lead-form.tsx` → `backend/config.ts`',
    'See [the proxy](nginx.missing) and [the map](backend/http/missing.ts), `.env.missing.example`.',
    '```sh\nnpx bun@1.4.4 run no:such && bun backend/no-entry.ts\n```',
    'All of `backend/**/*.test.ts`, `backend/<room>/`, `bun run build`.',
  ].join('\n')
  expect(missingPaths(text)).toEqual([
    'frontend/nowhere/lead-form.tsx',
    '.env.missing.example',
    'backend/http/missing.ts',
    'backend/no-entry.ts',
  ])
  expect(missingScripts(text)).toEqual(['no:such'])
})
