import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { S3Config } from '../../config.ts'
import { createFileBucket } from '../../minio/files.ts'
import { CommandFault } from '../command.ts'
import { manifestFile, oldOf } from './folder.ts'

/** The second place of backups: the same files, in a bucket. */
export function createCopies(copy: S3Config) {
  const bucket = createFileBucket(copy)
  const all = async () => {
    const keys = await bucket.list()
    const whole = keys.filter((key) => key.endsWith(`/${manifestFile}`))
    return { keys, names: whole.map((key) => key.split('/', 1)[0]!).sort() }
  }
  return {
    names: async () => (await all()).names,
    /** Copies a backup; what says that it is one comes last. */
    async put(folder: string, name: string): Promise<void> {
      const files = readdirSync(join(folder, name)).filter((file) => file !== manifestFile)
      for (const file of [...files, manifestFile])
        await bucket.write(`${name}/${file}`, join(folder, name, file))
    },
    /** Brings a backup back into its folder. */
    async fetch(folder: string, name: string): Promise<void> {
      const { keys, names } = await all()
      if (!names.includes(name))
        throw new CommandFault(
          `There is no backup ${name} in the bucket of copies either; it has ${names.at(-1) ?? 'none'}.`,
        )
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      const draft = mkdtempSync(join(folder, '.draft-'))
      try {
        for (const key of keys.filter((each) => each.startsWith(`${name}/`)))
          await bucket.read(key, join(draft, key.slice(name.length + 1)))
        renameSync(draft, join(folder, name))
      } finally {
        rmSync(draft, { recursive: true, force: true })
      }
    },
    async removeOld(keepDays: number, nowMs: number): Promise<void> {
      const { keys, names } = await all()
      const old = new Set(oldOf(names, keepDays, nowMs))
      await bucket.remove(keys.filter((key) => old.has(key.split('/', 1)[0]!)))
    },
  }
}
