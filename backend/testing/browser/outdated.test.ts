import { expect, test } from 'bun:test'
import { formatPhone } from '../../../frontend/landing/form/phone-field.ts'
import { theSystem } from '../../operators/audit.ts'
import { newOperatorKey } from '../../operators/operator-key.ts'
import { createOperatorKeys } from '../../postgres/operator-keys.ts'
import { openChromium, startOwnLine, storedLeads } from '../stage/browser.ts'
import { formWords } from '../stage/campaign/shown.ts'
import { newPhone } from '../stage/leads.ts'
import { button, field, says, thanked } from './lead-form.ts'

const { line, db } = await startOwnLine({ redisNumber: 9 })
const chromium = await openChromium()
const words = formWords.en

const key = newOperatorKey('test')
await createOperatorKeys(db).add(key.kept, { by: theSystem, action: 'key.made' })
const setProofs = async (value: boolean) => {
  const response = await fetch(`${line.origin}/api/admin/flags/proof_of_work`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${key.text}`, 'content-type': 'application/json' },
    body: JSON.stringify({ value }),
  })
  expect(await response.json()).toMatchObject({ live: true })
}

/** A page that is open over a release: no file of its build is there any more. */
async function openOverRelease() {
  await setProofs(false)
  // Nor in a service worker, which nobody who watches the page would see ask for one.
  const { page } = await chromium.visit(`${line.origin}/en`, { serviceWorkers: 'block' })
  await button(page).waitFor()
  await page.route('**/assets/**', (route) => route.fulfill({ status: 404 }))
  await setProofs(true)
  return page
}

test('a page that is open over a release makes the proof that is asked for from then on', async () => {
  const phone = newPhone()
  const page = await openOverRelease()
  await field(page).fill(phone)
  await button(page).click()
  await thanked(page)
  expect(await storedLeads(db, phone)).toHaveLength(1)
})

test('a page that cannot make the proof of a newer API says so, and keeps the number for the page that can', async () => {
  const phone = newPhone()
  const page = await openOverRelease()
  await page.route('**/api/challenge', (route) =>
    route.fulfill({ json: { algorithm: 'SHA-3', salt: 'x', challenge: 'x', max: 1 } }),
  )
  await field(page).fill(phone)
  await button(page).click()
  await says(page, words.obstacles.outdated)
  expect(await field(page).inputValue()).toBe(formatPhone(phone))
  await page.unroute('**/api/challenge')
  await page.unroute('**/assets/**')
  await button(page).getByText(words.reload).click()
  await thanked(page)
  expect(await storedLeads(db, phone)).toHaveLength(1)
})
