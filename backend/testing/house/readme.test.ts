import { expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { join, posix } from 'node:path'
import { filesLike, root, textOf } from './sources.ts'

const folders = ['backend', 'frontend', 'docker', 'docs', '.ci']
const topLevel =
  /^(?:nginx\.conf|Dockerfile|LICENSE|biome\.json|bun\.lock|bunfig\.toml|docker-compose[\w.-]*\.ya?ml|package\.json|tsconfig\.json|README\.md|\.env[\w.]*\.example|\.dockerignore|\.gitignore)$/

/**
 * The paths of the repository that a text names in backticks or links, `*` and `…` patterns left out. Links lead on from
 * the folder of the page they stand in.
 */
function pathsIn(text: string, folder = ''): string[] {
  const quoted = [...text.matchAll(/`([^`\n]+)`/g)].flatMap(([, code = '']) => code.split(/[\s,()→]+/))
  const linked = [...text.matchAll(/\]\(([^)\s#]+)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => posix.join(folder, target))
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

const missingPaths = (text: string, folder?: string) =>
  pathsIn(text, folder).filter((path) => !existsSync(join(root, path)))

function missingScripts(text: string): string[] {
  const { scripts = {} } = JSON.parse(textOf('package.json')) as { scripts?: Record<string, string> }
  return scriptsIn(text).filter((name) => !(name in scripts))
}

const readme = textOf('README.md')
const followOneLead = /^## Follow one lead$([\s\S]*?)(?=^## |$(?![\s\S]))/m.exec(readme)?.[1] ?? ''

const pages = ['README.md', ...filesLike('docs/**/*.md')]

test.each(pages)('every path and link of %s leads somewhere', (page) => {
  expect(missingPaths(textOf(page), posix.dirname(page))).toEqual([])
})

test.each(pages)('every command named in %s is a script of package.json', (page) => {
  expect(missingScripts(textOf(page))).toEqual([])
})

test('README is read in one sitting, and every page for a reader is one link away from it', () => {
  expect(readme.split('\n').length).toBeLessThanOrEqual(120)
  const linked = pathsIn(readme)
  for (const page of pages.filter((page) => page.split('/').length === 2)) expect(linked).toContain(page)
})

test('a decision has a number of its own, says when, names the alternative and what it costs', () => {
  const decisions = pages.filter((page) => /^docs\/decisions\/\d/.test(page))
  expect(new Set(decisions.map((page) => page.slice(0, 'docs/decisions/0000'.length))).size).toBe(
    decisions.length,
  )
  for (const page of decisions)
    expect(textOf(page)).toMatch(
      /^# .+\n\n\d{4}-\d\d-\d\d\n[\s\S]+\*\*Alternative:\*\*[\s\S]+\*\*Costs:\*\* \S/,
    )
})

test('every decision stands in the list of them, under its own title', () => {
  const list = textOf('docs/decisions/README.md')
  for (const page of pages.filter((page) => /^docs\/decisions\/\d/.test(page))) {
    const [title = ''] = textOf(page).split('\n', 1)
    expect(list).toContain(`](${posix.basename(page)}) ${title.replace('# ', '')}\n`)
  }
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
