import { afterAll, expect, test } from 'bun:test'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { leaveWhatRuns, served } from './packages.ts'

const root = mkdtempSync(join(tmpdir(), 'landfast-packages-'))
afterAll(() => rmSync(root, { recursive: true }))

function write(path: string, content: unknown): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), typeof content === 'string' ? content : JSON.stringify(content))
}
const manifest = (folder: string, needs: Record<string, unknown> = {}) =>
  write(join(folder, 'package.json'), needs)

test('the image keeps what runs, each in the version that it finds, and of what is only served the files', () => {
  manifest('', { dependencies: { runs: '1', redoc: '1', 'swagger-ui-dist': '1' } })
  manifest('node_modules/runs', {
    dependencies: { shared: '2', '@scope/part': '1' },
    optionalDependencies: { 'for-another-platform': '1' },
    peerDependencies: { peer: '1' },
  })
  manifest('node_modules/runs/node_modules/shared')
  manifest('node_modules/shared')
  manifest('node_modules/@scope/part')
  manifest('node_modules/peer')
  manifest('node_modules/redoc', { dependencies: { mobx: '1', shared: '1' } })
  manifest('node_modules/mobx')
  manifest('node_modules/swagger-ui-dist')
  for (const [name, files] of Object.entries(served))
    for (const file of [...files, 'LICENSE', 'other.js', 'bundles/other.js'])
      write(`node_modules/${name}/${file}`, '')

  leaveWhatRuns(root)

  const isThere = (path: string) => existsSync(join(root, 'node_modules', path))
  for (const path of ['runs', 'runs/node_modules/shared', '@scope/part', 'peer', 'redoc/LICENSE'])
    expect({ path, isThere: isThere(path) }).toEqual({ path, isThere: true })
  for (const path of ['shared', 'mobx', 'redoc/other.js', 'swagger-ui-dist/bundles/other.js'])
    expect({ path, isThere: isThere(path) }).toEqual({ path, isThere: false })
})

test('the files that are left of a viewer are those that the API serves', () => {
  const left = Object.entries(served).flatMap(([name, files]) => files.map((file) => `${name}/${file}`))
  const pages = readFileSync(join(import.meta.dir, '../backend/http/docs/pages.ts'), 'utf8')
  const viewers = [...pages.matchAll(/^ {2}'[\w.-]+': '((?:redoc|swagger-ui-dist)\/.*)',$/gm)]
  expect(left.sort()).toEqual(viewers.map(([, file]) => file!).sort())
})
