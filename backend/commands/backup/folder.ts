import { timingSafeEqual } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { CommandFault } from '../command.ts'
import { sha256Of, signatureOf } from './sealed.ts'

export const partNames = ['redis', 'postgres', 'mongo', 'media', 'settings'] as const
export type PartName = (typeof partNames)[number]

/** One file of a backup: what it holds, as figures that restoring it has to come to again. */
export type Part = Readonly<{
  name: PartName
  file: string
  bytes: number
  sha256: string
  holds: Readonly<Record<string, number>>
}>

/** What a backup is. It lies open beside its files and is signed. */
export type Manifest = Readonly<{
  format: 1
  madeAt: string
  tookS: number
  installation: string
  /** Tells whether a SECRET_KEY is the one that the claims of this backup are hashed with. */
  secretKeyMark: string
  parts: readonly Part[]
}>

export const manifestFile = 'manifest.json'
const nameLike = /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ$/

/** The name of a backup that is made now; they sort by time. */
export const nameAt = (nowMs: number) => `${new Date(nowMs).toISOString().slice(0, 19).replaceAll(':', '-')}Z`

export function timeOf(name: string): number {
  const [day, time = ''] = name.slice(0, -1).split('T')
  return Date.parse(`${day}T${time.replaceAll('-', ':')}Z`)
}

/** The backups of a folder, the oldest first. One that was not finished or did not hold is none. */
export function backupsIn(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((name) => nameLike.test(name) && existsSync(join(folder, name, manifestFile)))
    .sort()
}

export const sizeOf = (folder: string) =>
  readdirSync(folder).reduce((sum, file) => sum + statSync(join(folder, file)).size, 0)

export const secretKeyMark = (secretKey: string) => signatureOf(secretKey, 'the SECRET_KEY of its claims')

export const written = (manifest: Manifest, key: string) =>
  `${JSON.stringify({ ...manifest, signature: signatureOf(key, JSON.stringify(manifest)) }, undefined, 2)}\n`

/**
 * What a backup says of itself, once it is known to be whole and made with this key.
 * @throws CommandFault in one sentence.
 */
export async function openBackup(folder: string, name: string, key: string): Promise<Manifest> {
  const path = join(folder, name)
  if (!existsSync(join(path, manifestFile)))
    throw new CommandFault(`There is no backup ${name} in ${folder}; \`bun run backup --list\` lists them.`)
  const { signature, ...manifest } = JSON.parse(
    readFileSync(join(path, manifestFile), 'utf8'),
  ) as Manifest & {
    signature: string
  }
  const expected = Buffer.from(signatureOf(key, JSON.stringify(manifest)))
  const found = Buffer.from(String(signature))
  if (found.length !== expected.length || !timingSafeEqual(found, expected))
    throw new CommandFault(
      `The backup ${name} was made with another BACKUP_KEY, or was changed since: nothing of it is used.`,
    )
  for (const { file, sha256 } of manifest.parts) {
    const isWhole = existsSync(join(path, file)) && (await sha256Of(join(path, file))) === sha256
    if (!isWhole)
      throw new CommandFault(`The file ${file} of the backup ${name} is missing or damaged: take another.`)
  }
  return manifest
}

const dayMs = 86_400_000

/** Removes backups that are older than they may be kept. Resolves with those that went. */
export async function removeOld(folder: string, keepDays: number, nowMs: number): Promise<string[]> {
  const old = oldOf(backupsIn(folder), keepDays, nowMs)
  for (const name of old) await rm(join(folder, name), { recursive: true, force: true })
  return old
}

/** Those that may be kept no longer; asked after a backup was made, which is never among them. */
export function oldOf(names: readonly string[], keepDays: number, nowMs: number): string[] {
  return names.slice(0, -1).filter((name) => timeOf(name) < nowMs - keepDays * dayMs)
}
