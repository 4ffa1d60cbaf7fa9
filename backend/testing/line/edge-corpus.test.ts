import { expect, test } from 'bun:test'
import { readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { nobodyNotices } from '../contracts/edge.ts'
import { root } from '../house/sources.ts'
import { startFront } from '../stage/front.ts'
import { startLine } from '../stage/line.ts'
import { ownServices } from '../stage/own-services.ts'

const { services, atEnd } = await ownServices(['postgres', 'redis'])
const ofOneSite = { env: services.env, apiEnv: { PUBLIC_URL: 'http://promo.example' } }
const lines = await Promise.all([startLine(ofOneSite), startLine(ofOneSite)])
for (const line of lines) atEnd(() => line.stop())
const front = await startFront({ apiPorts: lines.map(({ origin }) => Number(new URL(origin).port)) })

const built = readdirSync(join(resolve(root, process.env.PAGE_DIR || 'frontend/dist'), 'assets'))
const [script, picture] = ['.js', '.svg'].map((ending) => built.find((name) => name.endsWith(ending)))

test('no request, however it is written, changes what others see, gets around a rule or stops anybody', async () => {
  expect([typeof script, typeof picture]).toEqual(['string', 'string'])
  await nobodyNotices({ front, lines, plain: ['/', '/en', `/assets/${script}`, `/assets/${picture}`] })
}, 120_000)
