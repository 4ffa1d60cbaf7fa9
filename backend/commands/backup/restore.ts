import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../../config.ts'
import { createLog, errorFields } from '../../log.ts'
import { createMedia } from '../../minio/media.ts'
import { entriesIn, withoutErased, writeRequestLog } from '../../mongo/copy.ts'
import { redisForCommands } from '../../redis/connection.ts'
import { CommandFault } from '../command.ts'
import { type Manifest, type Part, type PartName, secretKeyMark } from './folder.ts'
import type { Source } from './make.ts'
import { putMedia } from './media.ts'
import { unpack } from './programs.ts'
import { leadsThere, putBackPostgres, whoIsErased } from './put-back.ts'
import { filesFolder, holdsRedisFiles } from './redis-files.ts'
import { unseal } from './sealed.ts'

const log = createLog({ level: 'error', process: 'restore' })

export type Restoring = Source &
  Readonly<{ name: string; manifest: Manifest; only: readonly PartName[] | undefined; replace: boolean }>

/**
 * Puts a backup back. Looks first at everything that could be in its way, and changes nothing when something is.
 * Redis is put back before Postgres: who begins with it finds what waited.
 */
export async function restore(restoring: Restoring): Promise<void> {
  const { config, backup, manifest, only, say } = restoring
  const wanted = manifest.parts.filter(({ name }) => only?.includes(name) ?? name !== 'settings')
  const pathOf = (part: Part) => join(backup.folder, restoring.name, part.file)
  const has = (name: PartName) => wanted.find((part) => part.name === name)
  const missing = only?.find((name) => !has(name))
  if (missing) throw new CommandFault(`The backup ${restoring.name} holds no ${missing}.`)
  if ((has('postgres') || has('redis')) && secretKeyMark(config.secretKey) !== manifest.secretKeyMark)
    throw new CommandFault(
      'This backup was made with another SECRET_KEY: its claims would mean nothing. Set the one that belongs to it.',
    )
  await refuseIfInTheWay(restoring, wanted)
  const erased = await erasedBefore()

  for (const part of wanted) {
    const since = performance.now()
    const done = await putBack(part)
    say(`${part.name}: ${done}, ${((performance.now() - since) / 1000).toFixed(1)} s`)
  }

  function sayBack(hashes: readonly string[]): void {
    for (const hash of hashes) say(`somebody who was erased since is back: bun run leads:erase ${hash}`)
  }

  /** Who was erased, as the database knows that is there before anything is put back. */
  async function erasedBefore() {
    if (!has('mongo') && !has('redis')) return { all: [], since: [] }
    try {
      return await whoIsErased(config, manifest.madeAt)
    } catch (error) {
      // Where it is lost, it is put back first, and asked again.
      if (has('postgres')) return { all: [], since: [] }
      throw new CommandFault(
        `Nothing was changed: Postgres does not tell who was erased since, and would be back (${errorFields(error).error}). Start it first.`,
      )
    }
  }

  async function putBack(part: Part): Promise<string> {
    const path = pathOf(part)
    if (part.name === 'redis') {
      await putRedisFiles(restoring, path)
      if (!has('postgres')) sayBack(erased.since)
      return `its files are in ${restoring.redisFolder}; start it`
    }
    if (part.name === 'postgres') {
      const { machine } = restoring
      const { madeAt } = manifest
      const { before, erased } = await putBackPostgres({
        config,
        machine,
        key: backup.key,
        path,
        part,
        madeAt,
      })
      sayBack(erased)
      return `${part.holds.leads} leads${before ? `; what was there is kept as the database ${before}` : ''}`
    }
    if (part.name === 'mongo') {
      if (!config.mongoUrl) return 'left out: MONGO_URL is not set'
      let written = 0
      await unseal(path, backup.key, async (plain) => {
        const { all } = has('postgres') ? await whoIsErased(config, manifest.madeAt) : erased
        const theirs = withoutErased(entriesIn(plain), [...erased.all, ...all])
        written = await writeRequestLog(config.mongoUrl!, theirs)
      })
      return `${written} entries that were not there`
    }
    if (part.name === 'media') return putBackMedia(config, path, restoring)
    await unseal(path, backup.key, async (plain) => {
      for await (const chunk of plain) process.stdout.write(chunk)
    })
    return `${part.holds.settings} settings, above`
  }
}

async function refuseIfInTheWay(
  { config, redisFolder, replace }: Restoring,
  wanted: readonly Part[],
): Promise<void> {
  const isWanted = (name: PartName) => wanted.some((part) => part.name === name)
  if (isWanted('redis')) {
    if (!redisFolder)
      throw new CommandFault(
        'Set BACKUP_REDIS_DIR to the data folder of Redis, or leave Redis out with `--only postgres,mongo,media`.',
      )
    if (config.redisUrl && (await answers(config.redisUrl)))
      throw new CommandFault(
        'Redis runs, and knows more than the backup: leave it as it is with `--only postgres,mongo,media`. If it is lost, stop it first.',
      )
    if (holdsRedisFiles(redisFolder) && !replace)
      throw new CommandFault(
        `${redisFolder} holds files of Redis, and leads may wait in them: start Redis on them and use \`--only postgres,mongo,media\`, or say \`--replace\`, which keeps them under another name.`,
      )
  }
  if (isWanted('postgres') && !replace) {
    const leads = await leadsThere(config)
    if (leads)
      throw new CommandFault(
        `The database holds ${leads} leads: nothing was changed. \`--replace\` puts the backup in its place, and keeps it under another name.`,
      )
  }
}

async function answers(url: string): Promise<boolean> {
  const redis = redisForCommands({ url, name: 'landfast-restore', log })
  try {
    await redis.connect()
    return true
  } catch {
    return false
  } finally {
    redis.disconnect()
  }
}

async function putRedisFiles({ redisFolder, backup }: Restoring, path: string): Promise<void> {
  const target = redisFolder!
  mkdirSync(target, { recursive: true })
  const draft = mkdtempSync(join(target, '.restored-'))
  try {
    await unseal(path, backup.key, (plain) => unpack(plain, draft))
    for (const name of [filesFolder, 'dump.rdb'])
      if (existsSync(join(target, name)))
        renameSync(join(target, name), join(target, `${name}.before-${Date.now()}`))
    renameSync(join(draft, filesFolder), join(target, filesFolder))
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
}

async function putBackMedia({ s3 }: Config, path: string, { backup }: Restoring): Promise<string> {
  if (!s3?.accessKey) return 'left out: S3_ACCESS_KEY is not set'
  const staging = mkdtempSync(join(backup.folder, '.staging-'))
  try {
    await unseal(path, backup.key, (plain) => unpack(plain, staging))
    await createMedia(s3, log).setup()
    return `${await putMedia(s3, staging)} files that were not there`
  } finally {
    rmSync(staging, { recursive: true, force: true })
  }
}
