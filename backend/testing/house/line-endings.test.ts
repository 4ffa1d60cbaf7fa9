import { expect, test } from 'bun:test'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from './sources.ts'

const isClone = existsSync(join(root, '.git')) && Bun.which('git') !== null
if (!isClone) console.log('line endings: this is no clone, so none can be made of it')

test.skipIf(!isClone)(
  'a clone made as on Windows, with core.autocrlf, has files that every program reads',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'landfast-clone-'))
    try {
      const clone = join(folder, 'clone')
      const made = Bun.spawnSync([
        'git',
        '-c',
        'core.autocrlf=true',
        'clone',
        '-q',
        '--no-hardlinks',
        root,
        clone,
      ])
      expect(made.exitCode === 0 ? '' : made.stderr.toString()).toBe('')
      const files = readdirSync(clone, { recursive: true, encoding: 'utf8' })
        .filter((path) => !path.startsWith('.git/'))
        .filter((path) => statSync(join(clone, path)).isFile())
      expect(files).toContain('docker/entrypoint')
      const isText = (bytes: Buffer) => !bytes.includes(0)
      const spoiled = files.filter((path) => {
        const bytes = readFileSync(join(clone, path))
        return isText(bytes) && bytes.includes('\r\n')
      })
      expect(spoiled).toEqual([])
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
)
