import { existsSync } from 'node:fs'
import { copyFile, mkdir, open, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CommandFault } from '../command.ts'

/** Where Redis keeps its files below its data folder. */
export const filesFolder = 'appendonlydir'
const attemptsMax = 20
const pauseMs = 500

/**
 * Copies the append-only file of a Redis that runs. It is a list, a base that is never changed again and files that only
 * grow: copied in this order, what was acknowledged before is in the copy. Where Redis began to write it anew meanwhile, the
 * list is another, and so is the copy.
 * @throws CommandFault where there is none, or it may not be read.
 */
export async function copyRedisFiles(
  from: string,
  to: string,
): Promise<Readonly<{ files: number; bytes: number }>> {
  const source = join(from, filesFolder)
  const target = join(to, filesFolder)
  for (let attempt = 1; attempt <= attemptsMax; attempt++) {
    const list = await listIn(source)
    await rm(target, { recursive: true, force: true })
    await mkdir(target, { recursive: true })
    const bytes = await copyListed(source, target, list.files)
    if (bytes !== undefined && (await listIn(source)).text === list.text) {
      await writeFile(join(target, list.name), list.kept)
      return { files: list.files.length, bytes }
    }
    await Bun.sleep(pauseMs)
  }
  throw new CommandFault('Redis writes its file anew without an end; try again when fewer leads come.')
}

async function copyListed(
  source: string,
  target: string,
  files: readonly string[],
): Promise<number | undefined> {
  let bytes = 0
  for (const file of files) {
    try {
      await copyFile(join(source, file), join(target, file))
    } catch (error) {
      // Gone since the list was read.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    }
    const copy = await open(join(target, file))
    bytes += (await copy.stat()).size
    await copy.close()
  }
  return bytes
}

type FileList = Readonly<{ name: string; text: string; kept: string; files: readonly string[] }>

async function listIn(folder: string): Promise<FileList> {
  const name = (await readdir(folder).catch(() => [])).find((file) => file.endsWith('.manifest'))
  if (!name)
    throw new CommandFault(
      `No append-only file of Redis is in ${folder}, or it may not be read: set BACKUP_REDIS_DIR to the data folder of Redis.`,
    )
  const text = await readFile(join(folder, name), 'utf8')
  // Those of type h are history: Redis deletes them as soon as it can.
  const lines = text.split('\n').filter((line) => / type [bi]\b/.test(line))
  const files = lines
    .map((line) => /^file (?:"([^"]+)"|(\S+))/.exec(line))
    .map((found) => found![1] ?? found![2]!)
  return { name, text, kept: `${lines.join('\n')}\n`, files }
}

/** Whether a data folder of Redis holds anything yet. */
export const holdsRedisFiles = (folder: string) =>
  existsSync(join(folder, filesFolder)) || existsSync(join(folder, 'dump.rdb'))
