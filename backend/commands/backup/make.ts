import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { BackupConfig, Config } from '../../config.ts'
import type { Machine } from '../../local/machine.ts'
import { readRequestLog } from '../../mongo/copy.ts'
import {
  type Manifest,
  manifestFile,
  nameAt,
  type Part,
  type PartName,
  secretKeyMark,
  written,
} from './folder.ts'
import { fetchMedia } from './media.ts'
import { plainSettings } from './plain-settings.ts'
import { dumpPostgres } from './postgres.ts'
import { packing, sealOutput } from './programs.ts'
import { copyRedisFiles } from './redis-files.ts'
import { tryOut } from './scratch.ts'
import { type SealedFile, seal } from './sealed.ts'

export type Source = Readonly<{
  config: Config
  backup: BackupConfig
  machine: Machine
  /** The data folder of Redis, where it can be read. */
  redisFolder: string | undefined
  say: (sentence: string) => void
}>

export type Made = Readonly<{ name: string; manifest: Manifest }>

/**
 * Makes a backup and restores it into scratch servers. It has its name only once that has held; what did not hold is gone.
 * Redis is read before Postgres: a lead goes from the one to the other, so whoever was acknowledged before is in one of them.
 */
export async function makeBackup(source: Source): Promise<Made> {
  const { config, backup, machine, redisFolder, say } = source
  const { key } = backup
  const startedMs = Date.now()
  const name = nameAt(startedMs)
  mkdirSync(backup.folder, { recursive: true, mode: 0o700 })
  const draft = mkdtempSync(join(backup.folder, '.draft-'))
  const parts: Part[] = []
  const add = async (
    part: PartName,
    ending: string,
    make: (path: string) => Promise<SealedFile & { holds: Part['holds'] }>,
  ) => {
    const since = performance.now()
    const file = `${part}.${ending}.enc`
    const { bytes, sha256, holds } = await make(join(draft, file))
    parts.push({ name: part, file, bytes, sha256, holds })
    say(`${part}: ${inWords(holds)}, ${megabytes(bytes)}, ${seconds(since)}`)
  }
  /** A folder that `fill` fills, as one file. */
  const folderAs = (part: PartName, fill: (folder: string) => Promise<Part['holds']>) =>
    add(part, 'tar', async (path) => {
      const staging = mkdtempSync(join(draft, '.staging-'))
      try {
        const holds = await fill(staging)
        const sealed = await sealOutput(packing(staging), { key, path })
        return { ...sealed, holds }
      } finally {
        rmSync(staging, { recursive: true, force: true })
      }
    })
  try {
    if (redisFolder) await folderAs('redis', (folder) => copyRedisFiles(redisFolder, folder))
    let installation = ''
    await add('postgres', 'dump', async (path) => {
      const dumped = await dumpPostgres({ url: config.migrateDatabaseUrl, key, path, machine })
      installation = dumped.installation
      return { ...dumped, holds: dumped.figures }
    })
    const { mongoUrl, s3 } = config
    if (mongoUrl)
      await add('mongo', 'bson', async (path) => {
        let entries = 0
        const counted = async function* () {
          for await (const entry of readRequestLog(mongoUrl)) {
            entries++
            yield entry
          }
        }
        const sealed = await seal(() => Readable.from(counted()), key, path)
        return { ...sealed, holds: { entries } }
      })
    if (s3?.accessKey) await folderAs('media', (folder) => fetchMedia(s3, folder))
    await add('settings', 'env', async (path) => {
      const text = plainSettings(machine.env)
      const sealed = await seal(() => Readable.from([Buffer.from(text)]), key, path)
      return { ...sealed, holds: { settings: text.split('\n').filter(Boolean).length } }
    })

    const since = performance.now()
    const { redisShards } = config
    const found = await tryOut({ folder: draft, parts, key, installation, redisShards, machine })
    say(`restored into servers of its own: it holds, ${seconds(since)}`)
    const manifest: Manifest = {
      format: 1,
      madeAt: new Date(startedMs).toISOString(),
      tookS: (Date.now() - startedMs) / 1000,
      installation,
      secretKeyMark: secretKeyMark(config.secretKey),
      parts: parts.map((part) => ({ ...part, holds: { ...part.holds, ...found.get(part.name) } })),
    }
    writeFileSync(join(draft, manifestFile), written(manifest, key), { mode: 0o600, flush: true })
    if (existsSync(join(backup.folder, name))) throw new Error('another backup was made in the same second')
    renameSync(draft, join(backup.folder, name))
    return { name, manifest }
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
}

export const inWords = (holds: Part['holds']) =>
  Object.entries(holds)
    .map(([what, count]) => `${count} ${what}`)
    .join(', ')
export const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`
const seconds = (sinceMs: number) => `${((performance.now() - sinceMs) / 1000).toFixed(1)} s`
