import { afterAll, describe, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Elysia } from 'elysia'
import { Client } from 'minio'
import { createCopies } from '../../commands/backup/copies.ts'
import { manifestFile, nameAt } from '../../commands/backup/folder.ts'
import { fetchMedia, putMedia } from '../../commands/backup/media.ts'
import type { S3Config } from '../../config.ts'
import { mediaRoutes } from '../../http/media.ts'
import { answerProblem } from '../../http/problems.ts'
import { isMediaKey } from '../../media/key.ts'
import { createMedia } from '../../minio/media.ts'
import { setupWhenReachable } from '../../minio/setup.ts'
import { mediaContract } from '../contracts/media.ts'
import { addressOf, quietLog } from '../stage/engines.ts'
import { operatorCommand } from '../stage/operator-command.ts'
import { problemsForTest } from '../stage/problems.ts'
import { gateTo } from '../stage/tcp-gate.ts'

const server: Omit<S3Config, 'bucket'> = {
  endpoint: addressOf('S3_ENDPOINT'),
  region: process.env.S3_REGION || 'us-east-1',
  accessKey: process.env.S3_ACCESS_KEY ?? '',
  secretKey: process.env.S3_SECRET_KEY ?? '',
}
const newBucket = () => `test-${crypto.randomUUID()}`
const mediaIn = (bucket: string, more: Partial<S3Config> = {}) =>
  createMedia({ ...server, bucket, ...more }, quietLog)

mediaContract('object storage', async () => mediaIn(newBucket()))

test('two processes may make the bucket at the same moment', async () => {
  const bucket = newBucket()
  const outcomes = await Promise.all([mediaIn(bucket).setup(), mediaIn(bucket).setup()])
  expect(outcomes).toContain('made')
})

test('the bucket is made as soon as the storage can be reached', async () => {
  const bucket = newBucket()
  const media = mediaIn(bucket)
  let refusals = 1
  const made = Promise.withResolvers<void>()
  const waiting = setupWhenReachable(
    {
      async setup() {
        if (refusals-- > 0) throw new Error('not yet')
        const outcome = await media.setup()
        made.resolve()
        return outcome
      },
      lookWhose: media.lookWhose,
    },
    async () => undefined,
    quietLog,
  )
  await made.promise
  waiting.stop()
  await media.ping(5_000)
})

test('a bucket bears the mark of its installation, another is told whose it is, and visitors never see it', async () => {
  const [first, second] = [crypto.randomUUID(), crypto.randomUUID()].map((id) => ({ id, highWaterMs: 0 }))
  const media = mediaIn(newBucket())
  await media.setup()
  expect(await media.lookWhose(first!)).toBeUndefined()
  expect(await media.lookWhose(first!)).toBeUndefined()
  expect(await media.lookWhose(second!)).toContain(`its mark is ${first!.id}`)
  expect(media.foreignBecause()).toContain(second!.id)
  await media.adopt(second!)
  expect(await media.lookWhose(second!)).toBeUndefined()
  expect(isMediaKey('.landfast-installation')).toBe(false)
})

describe('a bucket that everybody may read', () => {
  const bytes = new TextEncoder().encode('a picture')
  const noKey = { accessKey: '', secretKey: '' }
  const opened = async () => {
    const bucket = newBucket()
    const owner = mediaIn(bucket)
    await owner.setup()
    await owner.lookWhose(undefined)
    await owner.put('spring/a.jpg', bytes, 'image/jpeg')
    await owner.put('backup.sql', bytes, 'text/plain')
    expect(await owner.letRead()).toBe('everybody')
    expect(await owner.letRead()).toBe('everybody')
    return { bucket, owner, reader: mediaIn(bucket, noKey) }
  }
  const asStranger = (path: string, method = 'GET', body?: string) =>
    fetch(`${server.endpoint}/${path}`, { method, body }).then(({ status }) => status)

  test('is read without a key: what is there, and what is not', async () => {
    const { reader } = await opened()
    await reader.ping(5_000)
    expect(await reader.setup()).toBe('there')
    const found = await reader.stat('spring/a.jpg')
    expect(found?.sizeBytes).toBe(bytes.length)
    const whole = { first: 0, last: bytes.length - 1 }
    const stream = await reader.open('spring/a.jpg', found!.etag, whole)
    expect(await new Response(stream).bytes()).toEqual(bytes)
    expect(await reader.stat('spring/none.jpg')).toBeUndefined()
  })

  test('gives strangers its media: nothing else that lies there, no list, and they change nothing', async () => {
    const { bucket, owner, reader } = await opened()
    expect(await asStranger(`${bucket}/spring/a.jpg`)).toBe(200)
    expect(await asStranger(`${bucket}/backup.sql`)).toBe(403)
    for (const list of ['', '?list-type=2', '?uploads', '?versions', '?policy'])
      expect([list, await asStranger(`${bucket}${list}`)]).toEqual([list, 403])
    expect(await asStranger(`${bucket}/spring/a.jpg`, 'PUT', 'other')).toBe(403)
    expect(await asStranger(`${bucket}/new.jpg`, 'PUT', 'other')).toBe(403)
    expect(await asStranger(`${bucket}/spring/a.jpg`, 'DELETE')).toBe(403)
    expect(await asStranger(`${bucket}?policy`, 'DELETE')).toBe(403)
    await expect(reader.put('new.jpg', bytes, 'image/jpeg')).rejects.toThrow()
    expect(await owner.stat('new.jpg')).toBeUndefined()
    expect((await owner.stat('spring/a.jpg'))?.sizeBytes).toBe(bytes.length)
  })

  test('whose it is, its mark tells whoever holds no key', async () => {
    const { owner, reader } = await opened()
    const [ours, others] = [crypto.randomUUID(), crypto.randomUUID()].map((id) => ({ id, highWaterMs: 0 }))
    expect(await reader.lookWhose(ours!)).toBeUndefined()
    expect(await owner.lookWhose(ours!)).toBeUndefined()
    expect(await reader.lookWhose(ours!)).toBeUndefined()
    expect(await reader.lookWhose(others!)).toContain(`its mark is ${ours!.id}`)
  })

  test('one that stays shut is told as such, and is no bucket without pictures', async () => {
    const bucket = newBucket()
    const reader = mediaIn(bucket, noKey)
    const isTold = async () => {
      for (let time = 0; time < 6; time++) await expect(reader.ping(1_000)).rejects.toThrow('media:setup')
      for (let time = 0; time < 6; time++) await expect(reader.stat('a.jpg')).rejects.toThrow('media:setup')
      await expect(reader.setup()).rejects.toThrow('media:setup')
      // It answers, so visitors need not be kept from it.
      expect(reader.isLeftAlone()).toBe(false)
    }
    await isTold()
    const owner = mediaIn(bucket)
    await owner.setup()
    await owner.put('a.jpg', bytes, 'image/jpeg')
    await owner.lookWhose(undefined)
    await isTold()
    await owner.letRead()
    expect((await reader.stat('a.jpg'))?.sizeBytes).toBe(bytes.length)
  })

  test('who may read one with a policy of its own stays as it is', async () => {
    const { bucket, owner } = await opened()
    const { hostname, port } = new URL(server.endpoint)
    const client = new Client({
      ...{ endPoint: hostname, port: Number(port), useSSL: false },
      ...{ accessKey: server.accessKey, secretKey: server.secretKey, region: server.region },
    })
    const { Statement, ...rest } = JSON.parse(await client.getBucketPolicy(bucket))
    const theirs = { ...Statement[0], Sid: 'Theirs', Resource: [`arn:aws:s3:::${bucket}/spring/*`] }
    await client.setBucketPolicy(bucket, JSON.stringify({ ...rest, Statement: [theirs] }))
    const before = await client.getBucketPolicy(bucket)
    expect(await owner.letRead()).toBe('as its policy says')
    expect(await client.getBucketPolicy(bucket)).toBe(before)
  })
})

describe('a storage that is of no use rejects, soon', () => {
  const faults: readonly (readonly [string, Partial<S3Config>])[] = [
    ['one that is not there', { endpoint: 'http://127.0.0.1:1' }],
    ['one that refuses the secret', { secretKey: 'not the secret' }],
  ]
  test.each(faults)('%s', async (_, more) => {
    const media = mediaIn(newBucket(), more)
    await expect(media.stat('a.jpg')).rejects.toThrow()
    await expect(media.ping(1_000)).rejects.toThrow()
    await expect(media.setup()).rejects.toThrow()
  })

  test('one that is overloaded, which is asked once and not again', async () => {
    let asked = 0
    const overloaded = Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      fetch() {
        asked++
        return new Response('', { status: 503 })
      },
    })
    const media = mediaIn(newBucket(), { endpoint: `http://127.0.0.1:${overloaded.port}` })
    await expect(media.stat('a.jpg')).rejects.toThrow()
    expect(asked).toBe(1)
    await overloaded.stop(true)
  })

  test('one that takes the question and never answers', async () => {
    const silent = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } })
    const media = mediaIn(newBucket(), { endpoint: `http://127.0.0.1:${silent.port}` })
    await expect(media.ping(50)).rejects.toThrow('longer than 50 ms')
    await expect(media.stat('a.jpg')).rejects.toThrow('longer than')
    silent.stop(true)
  })

  test('one that never answers: after five questions nobody waits for it, and no socket stays with it', async () => {
    const sockets = new Set<unknown>()
    let asked = 0
    const silent = Bun.listen({
      hostname: '127.0.0.1',
      port: 0,
      socket: {
        open(socket) {
          asked++
          sockets.add(socket)
        },
        close: (socket) => void sockets.delete(socket),
        data() {},
      },
    })
    const clock = { nowMs: 0 }
    const storage = { ...server, bucket: newBucket(), endpoint: `http://127.0.0.1:${silent.port}` }
    const media = createMedia(storage, quietLog, () => clock.nowMs)
    const visitors = (count: number) =>
      Promise.allSettled(Array.from({ length: count }, () => media.stat('a.jpg')))
    await visitors(5)
    expect(media.isLeftAlone()).toBe(true)
    await visitors(1_000)
    expect(asked).toBe(5)
    clock.nowMs = 1_000
    await visitors(1_000)
    expect(asked).toBe(6)
    while (sockets.size > 0) await Bun.sleep(20)
    silent.stop(true)
  })

  test('one that comes back is used again after a pause', async () => {
    const bucket = newBucket()
    await mediaIn(bucket).setup()
    const gate = await gateTo(server.endpoint)
    const clock = { nowMs: 0 }
    const media = createMedia({ ...server, bucket, endpoint: gate.url }, quietLog, () => clock.nowMs)
    expect(await media.stat('a.jpg')).toBeUndefined()
    gate.set('shut')
    for (let time = 0; time < 5; time++) await expect(media.stat('a.jpg')).rejects.toThrow()
    expect(media.isLeftAlone()).toBe(true)
    gate.set('open')
    await expect(media.ping(1_000)).rejects.toThrow('left alone')
    clock.nowMs = 1_000
    await media.ping(1_000)
    expect(media.isLeftAlone()).toBe(false)
    expect(await media.stat('a.jpg')).toBeUndefined()
    gate.close()
  })
})

describe('through HTTP', () => {
  const bytes = new Uint8Array(3 * 1024 * 1024).map((_, index) => (index * 31) % 256)
  const chunk = bytes.slice(0, 64 * 1024)
  const filmOfHoursBytes = 50 * 1024 ** 3
  const bucket = newBucket()
  const media = mediaIn(bucket)
  const problems = problemsForTest()
  const app = new Elysia()
    .onError({ as: 'global' }, ({ error, request, server }) =>
      answerProblem(problems, { request, server }, error),
    )
    .use(mediaRoutes({ media, problems }))
    .listen({ port: 0, hostname: '127.0.0.1' })
  afterAll(() => app.stop(true))

  const get = async (headers: Record<string, string> = {}, method = 'GET') => {
    await media.setup()
    if (!(await media.stat('film.mp4'))) await media.put('film.mp4', bytes, 'video/mp4')
    return fetch(`http://127.0.0.1:${app.server?.port}/media/film.mp4`, { method, headers })
  }

  test('a film arrives whole', async () => {
    const answer = await get()
    expect(answer.headers.get('content-type')).toBe('video/mp4')
    expect(Bun.hash(await answer.bytes())).toBe(Bun.hash(bytes))
  })

  test('HEAD says its length', async () => {
    const answer = await get({}, 'HEAD')
    expect(answer.headers.get('content-length')).toBe(String(bytes.length))
  })

  test('a player that jumps gets the part it asked for, and its length', async () => {
    const answer = await get({ range: 'bytes=1000000-1999999' })
    expect(answer.status).toBe(206)
    expect(answer.headers.get('content-length')).toBe('1000000')
    expect(Bun.hash(await answer.bytes())).toBe(Bun.hash(bytes.slice(1_000_000, 2_000_000)))
  })

  test('a visitor who reads slowly slows the reading down, and one who leaves ends it', async () => {
    await get()
    const film = await media.stat('film.mp4')
    let taken = 0
    let ended = false
    const slow = new Elysia()
      .use(
        mediaRoutes({
          problems,
          media: {
            ...media,
            stat: async () => film && { ...film, sizeBytes: filmOfHoursBytes },
            open: async () =>
              new ReadableStream({
                pull(controller) {
                  taken += chunk.length
                  controller.enqueue(chunk)
                },
                cancel() {
                  ended = true
                },
              }),
          },
        }),
      )
      .listen({ port: 0, hostname: '127.0.0.1' })
    const visitor = await Bun.connect({
      hostname: '127.0.0.1',
      port: slow.server!.port!,
      socket: {
        open(socket) {
          socket.write('GET /media/film.mp4 HTTP/1.1\r\nHost: localhost\r\n\r\n')
        },
        data(socket) {
          socket.pause()
        },
      },
    })
    // It reads on until what lies between is full, and then no further.
    for (let before = -1; before !== taken; await Bun.sleep(100)) before = taken
    expect(taken).toBeLessThan(64 * 1024 * 1024)
    visitor.terminate()
    while (!ended) await Bun.sleep(5)
    await slow.stop(true)
  })

  test('many visitors at once each get all of it', async () => {
    const hashes = await Promise.all(
      Array.from({ length: 20 }, async () => Bun.hash(await (await get()).bytes())),
    )
    expect(new Set(hashes)).toEqual(new Set([Bun.hash(bytes)]))
  })
})

describe('bun run media:upload', () => {
  const command = async (args: string[], env: Record<string, string> = {}) => {
    const bucket = newBucket()
    const outcome = await operatorCommand(['media.ts', ...args], {
      S3_ENDPOINT: server.endpoint,
      S3_ACCESS_KEY: server.accessKey,
      S3_SECRET_KEY: server.secretKey,
      S3_REGION: server.region,
      S3_BUCKET: bucket,
      // Else it would find what `bun run start` runs in this checkout.
      DATA_DIR: join(tmpdir(), bucket),
      ...env,
    })
    return { ...outcome, bucket }
  }

  test('makes the bucket, stores the sample media and says where they are served', async () => {
    const { out, code, bucket } = await command(['upload', '--sample'])
    expect(code).toBe(0)
    const keys = [...out.matchAll(/^\/media\/(\S+)/gm)].map(([, key = '']) => key)
    expect(keys).toContain('hero.jpg')
    for (const key of keys) expect((await mediaIn(bucket).stat(key))?.sizeBytes).toBeGreaterThan(0)
  })

  test('stores nothing when one of the files is not there', async () => {
    const { err, code } = await command(['upload', 'frontend/media-samples/hero.jpg', 'none.jpg'])
    expect(code).toBe(1)
    expect(err.trim()).toBe('There is no file none.jpg.')
  })

  test.each([
    [{ S3_SECRET_KEY: 'not the secret' }, 'The storage refuses'],
    [{ S3_ENDPOINT: 'http://127.0.0.1:1' }, 'Is it running?'],
    [{ S3_ENDPOINT: '' }, 'S3_ENDPOINT is not set'],
    [{ S3_ACCESS_KEY: '', S3_SECRET_KEY: '' }, 'S3_ACCESS_KEY and S3_SECRET_KEY are not set'],
  ])('says in one sentence what is wrong with %p', async (env, sentence) => {
    const { err, code } = await command(['setup'], env)
    expect(code).toBe(1)
    expect(err).toContain(sentence)
    expect(err.trim().split('\n')).toHaveLength(1)
    expect(err).not.toContain('not the secret')
  })
})

describe('a backup', () => {
  const folder = mkdtempSync(join(tmpdir(), 'landfast-bucket-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const emptyFolder = (name: string) => {
    mkdirSync(join(folder, name))
    return join(folder, name)
  }

  test('of the media fills an empty bucket, and overwrites nothing in one that has some', async () => {
    const [from, to] = [newBucket(), newBucket()]
    await Promise.all([mediaIn(from).setup(), mediaIn(to).setup()])
    await mediaIn(from).lookWhose({ id: crypto.randomUUID(), highWaterMs: 0 })
    await mediaIn(from).put('films/day.mp4', new Uint8Array(3_000_000).fill(7), 'video/mp4')
    await mediaIn(from).put('day.svg', new TextEncoder().encode('<svg/>'), 'image/svg+xml')
    const kept = emptyFolder('media')
    expect(await fetchMedia({ ...server, bucket: from }, kept)).toEqual({ files: 2 })
    await mediaIn(to).put('day.svg', new TextEncoder().encode('<svg>later</svg>'), 'image/svg+xml')
    expect(await putMedia({ ...server, bucket: to }, kept)).toBe(1)
    expect(await mediaIn(to).stat('films/day.mp4')).toMatchObject({ sizeBytes: 3_000_000 })
    const client = new Client({
      endPoint: new URL(server.endpoint).hostname,
      port: Number(new URL(server.endpoint).port),
      useSSL: false,
      accessKey: server.accessKey,
      secretKey: server.secretKey,
    })
    expect((await client.statObject(to, 'films/day.mp4')).metaData['content-type']).toBe('video/mp4')
    expect(await mediaIn(to).stat('day.svg')).toMatchObject({ sizeBytes: '<svg>later</svg>'.length })
  })

  test('is copied to a second bucket whole, comes back from there, and goes when it is old', async () => {
    const bucket = newBucket()
    await mediaIn(bucket).setup()
    const copies = createCopies({ ...server, bucket })
    const nowMs = Date.now()
    const names = [40, 35, 0].map((days) => nameAt(nowMs - days * 86_400_000))
    const here = emptyFolder('here')
    for (const name of names) {
      mkdirSync(join(here, name))
      writeFileSync(join(here, name, 'postgres.dump.enc'), `of ${name}`)
      writeFileSync(join(here, name, manifestFile), '{}')
      await copies.put(here, name)
    }
    expect(await copies.names()).toEqual(names)
    const there = emptyFolder('there')
    await copies.fetch(there, names[0]!)
    expect(readFileSync(join(there, names[0]!, 'postgres.dump.enc'), 'utf8')).toBe(`of ${names[0]}`)
    expect(readdirSync(there)).toEqual([names[0]!])
    await expect(copies.fetch(there, nameAt(0))).rejects.toThrow('There is no backup')
    await copies.removeOld(30, nowMs)
    expect(await copies.names()).toEqual(names.slice(2))
  })
})
