import { afterAll, afterEach, describe, expect, test } from 'bun:test'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BrowserContext, Page } from 'playwright-core'
import { theSystem } from '../../operators/audit.ts'
import { newOperatorKey } from '../../operators/operator-key.ts'
import { createOperatorKeys } from '../../postgres/operator-keys.ts'
import { onceThere, openChromium, startOwnLine, storedLeads } from '../stage/browser.ts'
import { formWords, shown } from '../stage/campaign/shown.ts'
import { newPhone } from '../stage/leads.ts'
import { button, field, says, send, submissionsOf, thanked } from './lead-form.ts'

const words = formWords.en
const title = shown.en.content.title
const built = process.env.PAGE_DIR!
const pageDir = mkdtempSync(join(tmpdir(), 'landfast-offline-'))
afterAll(() => rmSync(pageDir, { recursive: true, force: true }))
cpSync(built, pageDir, { recursive: true })
const { line, db } = await startOwnLine({ redisNumber: 8, env: { PAGE_DIR: pageDir } })
const chromium = await openChromium()

/** A visitor whose browser has the page for a time without a network. */
async function visit(path = '/'): Promise<Page> {
  const { page } = await chromium.visit(line.origin + path)
  await keeps(page, (files) => files.some((file) => file.includes('work-offline')))
  return page
}

/** Waits until the worker of this page has such files. */
function keeps(page: Page, areThere: (files: readonly string[]) => boolean): Promise<true> {
  return onceThere('what the worker keeps', async () => {
    const files = await page.evaluate(async () =>
      (await (await caches.open('landfast-page')).keys()).map(({ url }) => url),
    )
    return areThere(files) || undefined
  })
}

async function leaveNumber(page: Page, phone: string): Promise<void> {
  await page.context().setOffline(true)
  await field(page).fill(phone)
  await button(page).click()
  await says(page, words.obstacles.offline)
  await says(page, words.kept.onDevice.offline)
  await onceThere(
    'the number where the worker finds it',
    async () => (await mirrored(page.context())).includes(phone) || undefined,
  )
}

/** What the service worker has to send. */
async function mirrored(context: BrowserContext): Promise<string> {
  return context.serviceWorkers()[0]!.evaluate(async () => {
    const done = (request: IDBRequest) =>
      new Promise((resolve) => request.addEventListener('success', resolve))
    const opening = indexedDB.open('landfast')
    await done(opening)
    const reading = opening.result.transaction('kept').objectStore('kept').getAll()
    await done(reading)
    opening.result.close()
    return JSON.stringify(reading.result)
  })
}

/** What the browser does by itself when it finds a network: here at once, and whether or not it has done so before. */
async function sync(context: BrowserContext): Promise<Page> {
  const empty = await context.newPage()
  const session = await context.newCDPSession(empty)
  const { promise, resolve } = Promise.withResolvers<string>()
  session.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
    for (const { registrationId, isDeleted } of registrations) if (!isDeleted) resolve(registrationId)
  })
  await session.send('ServiceWorker.enable')
  const which = { origin: line.origin, registrationId: await promise, tag: 'landfast.outbox' }
  await session.send('ServiceWorker.dispatchSyncEvent', { ...which, lastChance: false })
  return empty
}

async function setFlag(name: string, value: boolean): Promise<void> {
  const { text, kept } = newOperatorKey('test')
  await createOperatorKeys(db).add(kept, { by: theSystem, action: 'key.made' })
  const response = await fetch(`${line.origin}/api/admin/flags/${name}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${text}`, 'content-type': 'application/json' },
    body: JSON.stringify({ value }),
  })
  expect(await response.json()).toMatchObject({ live: true })
}

describe('a number left without a network, in a page that is closed', () => {
  test('is a lead once there is one, without the page, which thanks for it when it is opened again', async () => {
    const phone = newPhone()
    const page = await visit()
    const context = page.context()
    await leaveNumber(page, phone)
    await page.close()
    await context.setOffline(false)
    const next = await sync(context)
    const stored = await storedLeads(db, phone)
    expect(stored).toHaveLength(1)
    await onceThere('no number', async () => !(await mirrored(context)).includes(phone) || undefined)
    const sent = submissionsOf(context)
    await next.goto(line.origin)
    await thanked(next)
    expect(sent).toEqual([])
    await onceThere('nothing left', async () => (await mirrored(context)) === '[]' || undefined)
    expect(await storedLeads(db, phone)).toEqual(stored)
  })

  test('is taken with a proof of work, where the API asks for one', async () => {
    const phone = newPhone()
    const page = await visit()
    const context = page.context()
    await leaveNumber(page, phone)
    await page.close()
    await setFlag('proof_of_work', true)
    try {
      await context.setOffline(false)
      await sync(context)
      expect(await storedLeads(db, phone)).toHaveLength(1)
    } finally {
      await setFlag('proof_of_work', false)
    }
  })
})

describe('while the page is open', () => {
  test('a number is sent by it or by the worker, it is one lead, and the page says so', async () => {
    const phone = newPhone()
    const page = await visit()
    await leaveNumber(page, phone)
    await page.context().setOffline(false)
    await sync(page.context())
    await thanked(page)
    expect(await storedLeads(db, phone)).toHaveLength(1)
    await onceThere('nothing left', async () => (await mirrored(page.context())) === '[]' || undefined)
  })

  test('a number that gets through at once is sent once, and leaves nothing', async () => {
    const page = await visit()
    const sent = submissionsOf(page.context())
    await send(page, newPhone())
    await thanked(page)
    await onceThere('nothing left', async () => (await mirrored(page.context())) === '[]' || undefined)
    expect(sent).toHaveLength(1)
  })

  test('a number that is being corrected is not sent behind the back of whoever corrects it', async () => {
    const phone = newPhone()
    const page = await visit()
    await leaveNumber(page, phone)
    await field(page).fill(newPhone())
    await onceThere('nothing left', async () => (await mirrored(page.context())) === '[]' || undefined)
  })
})

test('without a network the page opens at all of its addresses, and takes a number', async () => {
  const page = await visit()
  const context = page.context()
  await context.setOffline(true)
  for (const path of ['/', '/fa', '/spring?utm_source=radio']) {
    await page.goto(line.origin + path)
    expect(await page.title()).toBe(title)
  }
  const phone = newPhone()
  await field(page).fill(phone)
  await button(page).click()
  await says(page, words.kept.onDevice.offline)
  await context.setOffline(false)
  await thanked(page)
  expect(await storedLeads(db, phone)).toMatchObject([{ campaign: 'spring' }])
})

describe('with the network there', () => {
  /** Writes the page and its worker as a new release has them. */
  function release(name: string): void {
    const replace = (path: string, text: string, by: string) =>
      writeFileSync(path, readFileSync(path, 'utf8').replaceAll(text, by))
    for (const { name: file, parentPath } of readdirSync(pageDir, { recursive: true, withFileTypes: true }))
      if (file.endsWith('.html')) replace(join(parentPath, file), `<title>${title}`, `<title>${name}`)
    writeFileSync(join(pageDir, 'sw.js'), `${readFileSync(join(built, 'sw.js'), 'utf8')}\n// ${name}`)
  }
  const asked = (page: Page) => page.goto(line.origin).then(() => page.title())
  afterEach(() => cpSync(built, pageDir, { recursive: true }))

  test('a new release is what everybody sees, at once, and what they have when the network is gone', async () => {
    const page = await visit()
    const before = page.context().serviceWorkers()[0]
    release('Newer')
    await onceThere('the new page', async () => (await asked(page)) === 'Newer' || undefined)
    const worker = () =>
      page
        .context()
        .serviceWorkers()
        .find((each) => each !== before)
    await onceThere('the new worker', async () => worker())
    await onceThere('the new page where the worker keeps it', async () => {
      const html = await page.evaluate(async () => (await caches.match('/'))?.text())
      return html?.includes('<title>Newer') || undefined
    })
    await page.context().setOffline(true)
    expect(await asked(page)).toBe('Newer')
  })

  const leftIn = (page: Page) =>
    page.evaluate(async () => [
      ...(await navigator.serviceWorker.getRegistrations()).map(({ scope }) => scope),
      ...(await caches.keys()),
    ])
  // Who comes before the API has seen that the file is gone still finds it, so it takes more than one visit. Each registers a
  // worker anew, which is to have the time to end itself.
  const isGone = (page: Page) =>
    onceThere('no worker and nothing kept', async () => {
      await asked(page)
      for (let look = 0; look < 200; look++) {
        if ((await leftIn(page)).length === 0) return true
        await Bun.sleep(50)
      }
      return undefined
    })

  test('the worker ends itself where the flag is off, and comes back with it', async () => {
    const page = await visit()
    await setFlag('works_offline', false)
    await isGone(page)
    await setFlag('works_offline', true)
    await asked(page)
    await page.evaluate(() => navigator.serviceWorker.ready)
  })

  test('the worker ends itself where its file was taken away', async () => {
    const page = await visit()
    rmSync(join(pageDir, 'sw.js'))
    await isGone(page)
  })
})

test('a browser without Background Sync writes no number where only the worker would read it', async () => {
  const { page } = await chromium.visit('about:blank', { allowedOrigins: [line.origin] })
  await page.addInitScript(() => {
    Reflect.deleteProperty(ServiceWorkerRegistration.prototype, 'sync')
  })
  await page.goto(line.origin)
  await page.evaluate(() => navigator.serviceWorker.ready)
  await page.context().setOffline(true)
  const phone = newPhone()
  await field(page).fill(phone)
  await button(page).click()
  await says(page, words.kept.onDevice.offline)
  expect(await mirrored(page.context())).toBe('[]')
  await page.context().setOffline(false)
  await thanked(page)
  expect(await storedLeads(db, phone)).toHaveLength(1)
})
