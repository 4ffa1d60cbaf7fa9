import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { S3Config } from '../config.ts'
import type { Installation } from '../leads/installation.ts'
import { createLog, errorFields } from '../log.ts'
import { mediaKeyOf } from '../media/key.ts'
import { mediaEndings, mediaTypeOf } from '../media/type.ts'
import { createMedia, type ObjectStorage, type Readers } from '../minio/media.ts'
import { connectPostgres } from '../postgres/connection.ts'
import { readInstallation } from '../postgres/installation.ts'
import { CommandFault, runCommand } from './command.ts'
import { isUnneeded, settingsWithoutLeads } from './settings.ts'

const usage = `
Usage: bun run media:setup               make the bucket, if it is not there, and let everybody read its media
       bun run media:upload FILE…        store pictures and videos, and print where they are served
       bun run media:upload --sample     store those in frontend/media-samples

A file is served at /media/ and its name, in lower case; one with the same name is replaced.
API and worker need no key then. A policy that the bucket has stays as it is, and so does a bucket of another installation.
Reads S3_ENDPOINT, S3_ACCESS_KEY, S3_SECRET_KEY, S3_REGION and S3_BUCKET from the environment or .env.`

const log = createLog({ level: 'error', process: 'media' })
const samplesDir = join(import.meta.dir, '../../frontend/media-samples')
const fileBytesMax = 512 * 1024 * 1024

async function setup(media: ObjectStorage, s3: S3Config, databaseUrl: string): Promise<void> {
  const outcome = await media.setup()
  await requireOurs(media, databaseUrl)
  const readers = whoReads[await media.letRead()]
  console.log(`The bucket ${s3.bucket} ${outcome === 'made' ? 'was made' : 'is there'}. ${readers}`)
}

const needsKey = 'where that lets nobody in without a key, give the API one that may read'
const whoReads: Readonly<Record<Readers, string>> = {
  everybody: 'Everybody may read its media, so the API needs no key.',
  'as its policy says': `It has a policy already, which stays; ${needsKey}.`,
  refused: `Its storage took no policy, so who may read it stays as it is; ${needsKey}.`,
}

async function upload(media: ObjectStorage, files: readonly string[], databaseUrl: string): Promise<void> {
  // All are looked at before the first is sent, so that a mistyped name stores nothing.
  const uploads = []
  for (const file of files) uploads.push(await readable(file))
  const outcome = await media.setup()
  await requireOurs(media, databaseUrl)
  // Who reads a bucket that was there is settled by whoever set it up.
  if (outcome === 'made') await media.letRead()
  for (const { file, key, contentType } of uploads) {
    const bytes = await Bun.file(file).bytes()
    await media.put(key, bytes, contentType)
    console.log(`/media/${key}  ${contentType.split(';')[0]}, ${inKilobytes(bytes.byteLength)}`)
  }
}

/** @throws CommandFault where what we do could change the files of another installation, or who reads them. */
async function requireOurs(media: ObjectStorage, databaseUrl: string): Promise<void> {
  const foreign = await media.lookWhose(await whoWeAre(databaseUrl)).catch(() => undefined)
  if (foreign) throw new CommandFault(`Nothing was changed: ${foreign}.`)
}

/** Undefined where the database cannot say it now: pictures do not need one. */
async function whoWeAre(url: string): Promise<Installation | undefined> {
  if (isUnneeded(url)) return undefined
  const db = connectPostgres({ url, poolMax: 1, applicationName: 'landfast-media', log })
  try {
    return await readInstallation(db).catch(() => undefined)
  } finally {
    await db.destroy()
  }
}

async function readable(file: string) {
  const contentType = mediaTypeOf(file)
  if (!contentType)
    throw new CommandFault(
      `${file} is no media that is served; its name must end in ${mediaEndings.join(', ')}.`,
    )
  const found = await Bun.file(file)
    .stat()
    .catch(() => undefined)
  if (!found?.isFile()) throw new CommandFault(`There is no file ${file}.`)
  if (found.size > fileBytesMax)
    throw new CommandFault(
      `${file} is larger than ${fileBytesMax / 1024 / 1024} MB: compress it, or use a CDN.`,
    )
  return { file, key: mediaKeyOf(basename(file)), contentType }
}

function inKilobytes(bytes: number): string {
  return `${Math.max(1, Math.round(bytes / 1024))} KB`
}

/** What the person at the keyboard can do about an error of the storage. */
function faultOf(error: unknown, s3: S3Config): CommandFault {
  const { error: message, code, help } = errorFields(error)
  switch (code) {
    case 'InvalidAccessKeyId':
    case 'SignatureDoesNotMatch':
    case 'AccessDenied':
    case 'Forbidden':
      return new CommandFault(
        `The storage refuses S3_ACCESS_KEY with S3_SECRET_KEY, or they may not use the bucket ${s3.bucket}.`,
      )
    default:
      return new CommandFault(
        `Object storage at S3_ENDPOINT (${new URL(s3.endpoint).host}) did not do it: ${message || 'no connection'}${code ? ` (${code})` : ''}${help ? `: ${help}.` : '. Is it running?'}`,
      )
  }
}

const [action, ...args] = process.argv.slice(2)
await runCommand(usage, process.argv.slice(2), async () => {
  const { s3, databaseUrl } = settingsWithoutLeads(process.env)
  const files = args.filter((arg) => !arg.startsWith('--'))
  const sample = args.includes('--sample')
  const unknown = args.filter((arg) => arg.startsWith('--') && arg !== '--sample')
  const known =
    (action === 'setup' && args.length === 0) || (action === 'upload' && (sample || files.length > 0))
  if (!known || unknown.length > 0) throw new CommandFault(usage.trim())
  if (!s3)
    throw new CommandFault(
      'S3_ENDPOINT is not set, so object storage is off: set it, with S3_ACCESS_KEY and S3_SECRET_KEY.',
    )
  if (!s3.accessKey)
    throw new CommandFault(
      'S3_ACCESS_KEY and S3_SECRET_KEY are not set: the API reads without them, and this writes. In compose run it as `docker compose run --rm media-setup bun run media:upload FILE…`.',
    )
  const samples = sample ? (await readdir(samplesDir)).filter((name) => mediaTypeOf(name)) : []
  const media = createMedia(s3, log)
  try {
    if (action === 'setup') await setup(media, s3, databaseUrl)
    else await upload(media, [...samples.map((name) => join(samplesDir, name)), ...files], databaseUrl)
  } catch (error) {
    throw error instanceof CommandFault ? error : faultOf(error, s3)
  }
})
// Connections kept open for the next request would hold the process for a while.
process.exit()
