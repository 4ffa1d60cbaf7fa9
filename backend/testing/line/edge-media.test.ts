import { expect, test } from 'bun:test'
import { nobodyNotices } from '../contracts/edge.ts'
import { addressOf } from '../stage/engines.ts'
import { startFront } from '../stage/front.ts'
import { startLine } from '../stage/line.ts'
import { operatorCommand } from '../stage/operator-command.ts'
import { ownServices } from '../stage/own-services.ts'

const storage = {
  S3_ENDPOINT: addressOf('S3_ENDPOINT'),
  S3_REGION: process.env.S3_REGION || 'us-east-1',
  S3_ACCESS_KEY: process.env.S3_ACCESS_KEY ?? '',
  S3_SECRET_KEY: process.env.S3_SECRET_KEY ?? '',
  S3_BUCKET: `test-${crypto.randomUUID()}`,
}
const { services, atEnd } = await ownServices(['postgres', 'redis'])
const ofOneSite = { env: { ...services.env, ...storage }, apiEnv: { PUBLIC_URL: 'http://promo.example' } }
const lines = await Promise.all([startLine(ofOneSite), startLine(ofOneSite)])
for (const line of lines) atEnd(() => line.stop())
const front = await startFront({ apiPorts: lines.map(({ origin }) => Number(new URL(origin).port)) })

test('no request, however it is written, changes the pictures that others see', async () => {
  const uploaded = await operatorCommand(['media.ts', 'upload', '--sample'], {
    ...services.env,
    ...storage,
    SECRET_KEY: 'k'.repeat(40),
  })
  expect([uploaded.code, uploaded.err]).toEqual([0, ''])
  await nobodyNotices({ front, lines, plain: ['/media/hero.jpg'] })
}, 120_000)
