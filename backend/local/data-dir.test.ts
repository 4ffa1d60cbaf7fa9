import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CannotStart, sentenceFor } from './cannot-start.ts'
import { openDataDir, peekDataDir } from './data-dir.ts'
import { choosePort } from './ports.ts'
import { postgresRecord } from './postgres-choice.ts'

const folder = mkdtempSync(join(tmpdir(), 'landfast-data-'))
afterAll(() => rmSync(folder, { recursive: true }))
let made = 0
const fresh = () => openDataDir(join(folder, String(made++)))

test('a secret is made once, kept, and readable by its owner only', () => {
  const dataDir = fresh()
  const secret = dataDir.secret('key')
  expect(secret.length).toBeGreaterThanOrEqual(48)
  expect(openDataDir(dataDir.path).secret('key')).toBe(secret)
  expect(dataDir.secret('other')).not.toBe(secret)
  expect(statSync(dataDir.file('secrets.json')).mode & 0o777).toBe(0o600)
})

test('a recorded process is known again only while that very process runs', () => {
  const dataDir = fresh()
  dataDir.recordRun('api', process.pid, 80)
  expect(dataDir.running('api')).toMatchObject({ pid: process.pid, port: 80 })
  writeFileSync(dataDir.file('run', 'api.json'), JSON.stringify({ pid: process.pid, birth: 'earlier' }))
  expect(dataDir.running('api')).toBeUndefined()
  dataDir.forgetRun('api')
  expect(dataDir.lastRun('api')).toBeUndefined()
})

test('a path that is a file is refused with one sentence', () => {
  const path = join(folder, 'file')
  writeFileSync(path, '')
  expect(() => openDataDir(join(path, 'in'))).toThrow(CannotStart)
  expect(() => openDataDir(path)).toThrow('is not a folder: set DATA_DIR to one.')
  expect(peekDataDir(join(path, 'in')).fault()).toContain('is not a folder')
})

test('a full disk and a folder of somebody else are told in plain words', () => {
  expect(sentenceFor({ code: 'ENOSPC' }, '/data')).toBe(
    'The disk that holds /data is full: free some room, then start again.',
  )
  expect(sentenceFor({ code: 'EACCES' }, '/data')).toContain('cannot be written by this user')
})

test('looking at a folder does not make it', () => {
  const path = join(folder, 'never')
  expect(peekDataDir(path).fault()).toBeUndefined()
  expect(peekDataDir(path).fact('postgres')).toBeUndefined()
  expect(statSync(path, { throwIfNoEntry: false })).toBeUndefined()
})

test('the version that made the data is read from the data itself', async () => {
  const dataDir = fresh()
  expect(postgresRecord(dataDir)).toBeUndefined()
  dataDir.keepFact('postgres', { major: 18, bin: '/where/it/was' })
  await Bun.write(dataDir.file('postgres', 'PG_VERSION'), '15\n')
  expect(postgresRecord(dataDir)).toEqual({ major: 15, bin: '/where/it/was' })
})

test('a port is kept from one start to the next while it is free', async () => {
  const dataDir = fresh()
  const all = async () => true
  const port = await choosePort({ dataDir, free: all }, { name: 'redis' })
  expect(await choosePort({ dataDir, free: all }, { name: 'redis' })).toBe(port)
  expect(await choosePort({ dataDir, free: all }, { name: 'postgres' })).not.toBe(port)
})

test('a port that somebody took is replaced, and the new one is kept', async () => {
  const dataDir = fresh()
  const taken = await choosePort({ dataDir, free: async () => true }, { name: 'redis' })
  const next = await choosePort({ dataDir, free: async (port) => port !== taken }, { name: 'redis' })
  expect(next).not.toBe(taken)
  expect(await choosePort({ dataDir, free: async () => true }, { name: 'redis' })).toBe(next)
  const avoided = await choosePort({ dataDir, free: async () => true }, { name: 'redis', avoid: [next] })
  expect(avoided).not.toBe(next)
})
