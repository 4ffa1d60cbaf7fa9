import { afterAll, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  backupsIn,
  type Manifest,
  manifestFile,
  nameAt,
  openBackup,
  removeOld,
  timeOf,
  written,
} from './folder.ts'

const key = 'a-key-of-thirty-two-characters-or-more'
const dayMs = 86_400_000
const nowMs = Date.parse('2026-11-30T12:00:00Z')
const folder = mkdtempSync(join(tmpdir(), 'landfast-folder-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function backUp(daysAgo: number, text?: string): string {
  const name = nameAt(nowMs - daysAgo * dayMs)
  mkdirSync(join(folder, name))
  const manifest: Manifest = {
    format: 1,
    madeAt: new Date(timeOf(name)).toISOString(),
    tookS: 1,
    installation: 'of-a-test',
    secretKeyMark: 'of-a-test',
    parts: [],
  }
  writeFileSync(join(folder, name, manifestFile), text ?? written(manifest, key))
  return name
}

test('old backups go, the one that was just made stays, and what was not finished is none', async () => {
  const names = [100, 90, 80, 70, 10, 5].map((days) => backUp(days))
  mkdirSync(join(folder, '.draft-of-another'))
  mkdirSync(join(folder, nameAt(nowMs)))
  expect(backupsIn(folder)).toEqual(names)
  expect(await removeOld(folder, 30, nowMs)).toEqual(names.slice(0, 4))
  expect(await removeOld(folder, 30, nowMs)).toEqual([])
  expect(await removeOld(folder, 0, nowMs)).toEqual(names.slice(4, 5))
  expect(backupsIn(folder)).toEqual(names.slice(5))
  expect(readdirSync(folder)).toContain('.draft-of-another')
})

test('a backup whose list was changed is not used', async () => {
  const name = backUp(1)
  expect((await openBackup(folder, name, key)).installation).toBe('of-a-test')
  await expect(openBackup(folder, name, `${key}!`)).rejects.toThrow('another BACKUP_KEY')
  const text = await Bun.file(join(folder, name, manifestFile)).text()
  const changed = backUp(2, text.replace('of-a-test', 'of-others'))
  await expect(openBackup(folder, changed, key)).rejects.toThrow('or was changed since')
})
