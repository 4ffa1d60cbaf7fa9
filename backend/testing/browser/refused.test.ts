import { afterEach, describe, expect, test } from 'bun:test'
import type { Page } from 'playwright-core'
import { openChromium, startOwnLine, storedLeads } from '../stage/browser.ts'
import { formWords } from '../stage/campaign/shown.ts'
import { newPhone } from '../stage/leads.ts'
import { answersOf, button, field, says, send, thanked } from './lead-form.ts'

const { line, db, setStores } = await startOwnLine({ redisNumber: 15 })
const chromium = await openChromium()
const words = formWords.en

afterEach(() => setStores('open'))

/** What browsers have and refuse, each as a script for the page. They run in the page, so each stands for itself. */
const refusals = {
  'localStorage and sessionStorage are refused': () => {
    for (const name of ['localStorage', 'sessionStorage'])
      Object.defineProperty(window, name, {
        get() {
          throw new DOMException('denied', 'SecurityError')
        },
      })
  },
  'what is stored throws on read': () => {
    Storage.prototype.getItem = () => {
      throw new DOMException('denied', 'SecurityError')
    }
  },
  'what is stored throws on write': () => {
    Storage.prototype.setItem = () => {
      throw new DOMException('full', 'QuotaExceededError')
    }
  },
  'what is stored throws at everything, its length among it': () => {
    const refuse = () => {
      throw new DOMException('denied', 'SecurityError')
    }
    for (const name of ['getItem', 'setItem', 'removeItem', 'clear', 'key'] as const)
      Storage.prototype[name] = refuse
    Object.defineProperty(Storage.prototype, 'length', { get: refuse })
  },
  'what is stored throws when something is taken out': () => {
    Storage.prototype.removeItem = () => {
      throw new DOMException('denied', 'SecurityError')
    }
  },
  'what is stored comes back as garbage': () => {
    Storage.prototype.getItem = () => '{"key":{},"first":7,"phone":[]}'
    Storage.prototype.key = (at) => `landfast.kept.${at}`
    Object.defineProperty(Storage.prototype, 'length', { get: () => 3 })
  },
  'what is stored is forgotten at once': () => {
    Storage.prototype.setItem = () => {}
  },
  'locks are there and never answer': () => {
    LockManager.prototype.request = () => new Promise(() => {})
  },
  'locks are there and refused': () => {
    Object.defineProperty(Navigator.prototype, 'locks', {
      get() {
        throw new DOMException('denied', 'SecurityError')
      },
    })
  },
  'nothing random and no history can be had': () => {
    const refuse = () => {
      throw new DOMException('denied', 'SecurityError')
    }
    Object.assign(Crypto.prototype, { getRandomValues: refuse, randomUUID: refuse })
    Object.assign(History.prototype, { replaceState: refuse, pushState: refuse })
    Object.assign(Performance.prototype, { getEntriesByType: refuse, mark: refuse })
    Object.assign(window, { matchMedia: refuse, requestIdleCallback: refuse, requestAnimationFrame: refuse })
  },
  'what tells of the network and the view throws': () => {
    const refusal = {
      get() {
        throw new DOMException('denied', 'SecurityError')
      },
    }
    for (const name of ['onLine', 'cookieEnabled', 'connection', 'userActivation', 'serviceWorker'])
      Object.defineProperty(Navigator.prototype, name, refusal)
    for (const name of ['visibilityState', 'hidden', 'cookie', 'referrer', 'prerendering'])
      Object.defineProperty(document, name, refusal)
  },
  'observers, channels, workers and aborts cannot be made': () => {
    const refuse = () => {
      throw new DOMException('denied', 'SecurityError')
    }
    for (const name of [
      'IntersectionObserver',
      'ResizeObserver',
      'PerformanceObserver',
      'BroadcastChannel',
      'Notification',
      'Worker',
      'AbortController',
      'indexedDB',
      'caches',
    ])
      Object.defineProperty(window, name, { value: refuse })
    Navigator.prototype.sendBeacon = refuse
  },
} as const

const names = Object.keys(refusals) as (keyof typeof refusals)[]

async function visit(name: keyof typeof refusals): Promise<Page> {
  const { page } = await chromium.visit('about:blank', { allowedOrigins: [line.origin] })
  await page.addInitScript(refusals[name])
  await page.goto(`${line.origin}/en?utm_campaign=spring&utm_source=radio`)
  return page
}

describe.each(names)('where %s', (name) => {
  test('a number is sent all the same, with its campaign, also when it takes several attempts', async () => {
    const phone = newPhone()
    const page = await visit(name)
    setStores('shut')
    expect((await send(page, phone)).status()).toBe(503)
    await says(page, words.obstacles.unavailable)
    setStores('open')
    await thanked(page)
    expect(await storedLeads(db, phone)).toMatchObject([{ campaign: 'spring' }])
  })

  test('a mistake is told, and what was typed stays', async () => {
    const page = await visit(name)
    const answers = await answersOf(page)
    await answers.are('refused')
    await send(page, '07700900123')
    await says(page, words.problems.invalid_phone)
    expect(await field(page).inputValue()).toBe('07700 900 123')
    await answers.are('accepted')
    await button(page).click()
    await thanked(page)
  })
})
