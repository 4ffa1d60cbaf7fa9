import { expect, test } from 'bun:test'
import { sql } from 'kysely'
import { Secret, TOTP } from 'otpauth'
import { createMemoryNews } from '../../memory/lead-news.ts'
import { createLeadTable } from '../../postgres/leads.ts'
import { countSources } from '../../postgres/source-counts.ts'
import { openChromium, startOwnLine, storedLeads } from '../stage/browser.ts'
import { linkFor } from '../stage/desk.ts'
import { submitTo, until } from '../stage/faults.ts'
import { makeLeads } from '../stage/leads.ts'
import { barriersOn } from './axe.ts'
import { overhang } from './lead-form.ts'

const { line, db } = await startOwnLine({ redisNumber: 7 })
const chromium = await openChromium()
const password = 'correct horse battery'
const english = { locale: 'en-GB' }
const codeOf = (secret: string) => new TOTP({ secret: Secret.fromBase32(secret) }).generate()

test("an owner's day: a link, an account, a caller invited, a session ended, and the audit of it", async () => {
  const link = await linkFor(db, line.origin)
  const { page, foreign, complaints } = await chromium.visit(link, english)
  await page.getByLabel('Name').fill('Ann')
  await page.getByLabel('E-mail').fill('ann@example.com')
  await page.getByLabel('Password').fill('short')
  await page.getByRole('button', { name: 'Make my account' }).click()
  await page.getByText('At least 12 characters.').waitFor()
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Make my account' }).click()
  await page.getByRole('heading', { name: 'Leads' }).waitFor()
  // Neither in the address nor in the history does the link stay.
  expect(page.url()).toBe(`${line.origin}/admin/leads`)

  // The same link leads nobody else in.
  const stranger = await chromium.visit(link, english)
  await stranger.page.getByText('This link was used').waitFor()

  // On another device, by password.
  const other = await chromium.visit(`${line.origin}/admin/account`, english)
  await other.page.getByLabel('E-mail').fill('ann@example.com')
  await other.page.getByLabel('Password').fill('wrong')
  await other.page.getByRole('button', { name: 'Sign in' }).click()
  await other.page.getByText('The address or the password is not right.').waitFor()
  await other.page.getByLabel('Password').fill(password)
  await other.page.keyboard.press('Enter')
  await other.page.getByRole('heading', { name: 'My account' }).waitFor()

  // A second factor: what the picture holds is what the device keeps.
  await page.getByRole('link', { name: 'My account' }).click()
  await page.getByRole('button', { name: 'Set a second factor' }).click()
  await page.getByRole('img', { name: 'QR code for the app' }).waitFor()
  const secret = (await page.getByRole('dialog').locator('output').textContent())!.replaceAll(' ', '')
  await page.getByLabel('Code', { exact: true }).fill('000000')
  await page.getByRole('button', { name: 'Set it' }).click()
  await page.getByText('Not the code that the device shows now.').waitFor()
  // Kept: on a slow machine the device may show another one by the time it is used again.
  const used = codeOf(secret)
  await page.getByLabel('Code', { exact: true }).fill(used)
  await page.getByRole('button', { name: 'Set it' }).click()
  await page.getByRole('button', { name: 'I have kept them' }).waitFor()
  const codes = await page.getByRole('dialog').getByRole('listitem').allTextContents()
  expect(codes).toHaveLength(10)
  await page.getByRole('button', { name: 'I have kept them' }).click()
  await page.getByText('10 recovery codes left').waitFor()
  // Every other session has ended, and the password alone lets nobody in any more.
  await other.page.reload()
  await other.page.getByLabel('E-mail').fill('ann@example.com')
  await other.page.getByLabel('Password').fill(password)
  await other.page.keyboard.press('Enter')
  await other.page.getByRole('heading', { name: 'Your second factor' }).waitFor()
  await other.page.getByLabel('Code', { exact: true }).fill(used)
  await other.page.keyboard.press('Enter')
  await other.page.getByText('or it was used before.').waitFor()
  await other.page.getByLabel('Code', { exact: true }).fill(codes[0]!)
  await other.page.keyboard.press('Enter')
  await other.page.getByRole('heading', { name: 'My account' }).waitFor()
  await other.page.getByText('9 recovery codes left').waitFor()

  await page.getByRole('link', { name: 'Operators' }).click()
  await page.getByRole('button', { name: 'Invite somebody' }).click()
  await page.getByLabel('E-mail').fill('ben@example.com')
  await page.getByRole('button', { name: 'Make the link' }).click()
  const forBen = await page.getByRole('dialog').locator('output').textContent()
  await page.getByRole('button', { name: 'Close' }).click()
  await page.getByRole('cell', { name: 'ben@example.com' }).waitFor()
  const ben = await chromium.visit(forBen!.replace(/^.*(?=\/admin)/, line.origin), english)
  await ben.page.getByLabel('Name').fill('Ben')
  await ben.page.getByLabel('Password').fill(password)
  await ben.page.getByRole('button', { name: 'Make my account' }).click()
  await ben.page.getByRole('navigation').waitFor()
  expect(await ben.page.getByRole('link', { name: 'Operators' }).count()).toBe(0)

  await page.getByRole('link', { name: 'My account' }).click()
  await page.getByRole('button', { name: 'End', exact: true }).click()
  await page.getByText('Ended.').waitFor()
  await other.page.reload()
  await other.page.getByRole('heading', { name: 'Sign in' }).waitFor()

  await page.getByRole('link', { name: 'Audit' }).click()
  for (const said of [
    ...['ended sessions', 'invited somebody', 'became an operator', 'was refused to sign in'],
    ...['set a second factor', 'used a recovery code'],
  ])
    await page.getByRole('cell', { name: said }).first().waitFor()
  // What was refused is told by the browser as well.
  const others = complaints.filter((each) => !each.startsWith('Failed to load resource'))
  expect([foreign, others]).toEqual([[], []])
})

test("a caller's day: the next lead, its phone, what came of it, a note, undone; and no lead for two", async () => {
  const phones = ['+447700900101', '+447700900102']
  const table = createLeadTable(db, { dedupWindowMs: 60_000, news: createMemoryNews() })
  for (const phone of phones) await table.store(makeLeads(1, { phone }))
  const days = []
  for (const name of ['Ben', 'Cleo']) {
    const { page } = await chromium.visit(await linkFor(db, line.origin, 'caller'), english)
    await page.getByLabel('Name').fill(name)
    await page.getByLabel('E-mail').fill(`${name}@calls.example.com`)
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Make my account' }).click()
    await page.getByRole('row').nth(2).waitFor()
    // The keys of a hand that rests on the keyboard.
    await page.keyboard.press('n')
    const panel = page.getByRole('complementary', { name: 'The lead' })
    await panel.getByRole('button', { name: 'Called' }).waitFor()
    await page.keyboard.press('r')
    days.push({ page, panel, phone: await panel.getByRole('link', { name: '+44' }).textContent() })
  }
  expect(days.map(({ phone }) => phone!).sort()).toEqual(phones)
  const { page, panel } = days[0]!
  // Seen before it is answered.
  const changes = '**/api/admin/leads/*/state'
  const { promise: seen, resolve: answer } = Promise.withResolvers<void>()
  await page.route(changes, (route) => seen.then(() => route.continue()))
  await page.keyboard.press('3')
  await page.getByRole('status').filter({ hasText: 'Interested' }).waitFor()
  await page.getByRole('row').filter({ hasText: 'Interested' }).waitFor()
  answer()
  await panel.getByLabel('Write a note').fill('after six')
  await panel.getByRole('button', { name: 'Add the note' }).click()
  await panel.getByRole('listitem').filter({ hasText: 'after six' }).waitFor()
  // Seen to be what it was, where it is refused.
  await page.unroute(changes)
  await page.route(changes, (route) => route.fulfill({ status: 409, json: { code: 'changed_meanwhile' } }))
  await page.keyboard.press('4')
  await page.getByText('Somebody else has changed this lead meanwhile').waitFor()
  await page.getByRole('row').filter({ hasText: 'Interested' }).waitFor()
  await page.unroute(changes)
  await page.getByRole('button', { name: 'Undo' }).click()
  await page.getByRole('status').filter({ hasText: 'New' }).waitFor()
  await page.getByRole('searchbox').fill('12')
  await page.getByText('Type a whole phone number').waitFor()
  await page.getByRole('searchbox').fill('۰۱۰۱')
  await page.getByText('1 of them').waitFor()
  expect(new URL(page.url()).searchParams.get('q')).toBe('۰۱۰۱')
})

test("a marketer's day: leads found, kept as a view, changed together, taken away and erased; a flag, sources, a replay, an experiment", async () => {
  const phones = ['+447700900311', '+447700900312', '+447700900313']
  for (const phone of phones) await submitTo(line.origin, phone, { fields: { utm_source: 'spring' } })
  for (const phone of phones) await storedLeads(db, phone)
  const { page } = await chromium.visit(await linkFor(db, line.origin, 'manager'), english)
  await page.getByLabel('Name').fill('Mia')
  await page.getByLabel('E-mail').fill('mia@example.com')
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Make my account' }).click()

  // A view of one source, kept under a name.
  await page.getByRole('textbox', { name: 'Source' }).fill('spring')
  await page.getByText('3 of them').waitFor()
  await page.getByRole('button', { name: 'Save this view' }).click()
  await page.getByLabel('Name of the view').fill('Spring')
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  const views = page.getByRole('navigation', { name: 'Views' })
  await views.getByRole('link', { name: 'All' }).click()
  await views.getByRole('link', { name: 'Spring' }).click()
  await page.getByText('3 of them').waitFor()

  // All of it at once, and back again.
  await page.getByRole('checkbox', { name: 'Choose this lead' }).first().check()
  await page.getByRole('button', { name: 'All 3 that match' }).click()
  await page.getByLabel('State', { exact: true }).last().selectOption('won')
  await page.getByRole('button', { name: 'Change them' }).last().click()
  const bulk = page.getByRole('status').filter({ hasText: 'Mia' })
  await bulk.filter({ hasText: '3 changed' }).waitFor()
  await page.getByRole('button', { name: 'Undo' }).click()
  await bulk.filter({ hasText: '3 have what they had' }).waitFor()

  // One found by its last digits, taken away, and forgotten.
  await page.getByRole('searchbox').fill('0311')
  await page.getByText('1 of them').waitFor()
  await page.getByRole('button', { name: 'Export' }).click()
  await page.getByLabel('As', { exact: true }).selectOption('csv')
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('dialog').getByRole('button', { name: 'Export' }).click(),
  ])
  const rows = (await Bun.file(await file.path()).text()).trim().split('\r\n')
  expect([rows.length, rows[1]]).toEqual([2, expect.stringContaining(`,${phones[0]},new,spring,`)])
  await page.getByRole('row').nth(1).click()
  await page.getByRole('link', { name: 'Erase this person' }).click()
  await page.getByRole('button', { name: 'See what would go' }).click()
  await page.getByText('1 leads', { exact: true }).waitFor()
  await page.getByRole('button', { name: 'Erase', exact: true }).click()
  await page.getByText('It is being done.').waitFor()

  // A flag that the page follows, and whose history says so.
  await page.getByRole('link', { name: 'Flags' }).click()
  await page.getByRole('button', { name: 'Change Notice' }).click()
  await page.getByLabel('Value').fill('Closed on Friday')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('status').filter({ hasText: 'In force everywhere' }).waitFor()
  const flags = async () => JSON.stringify(await (await fetch(`${line.origin}/api/config`)).json())
  expect(await flags()).toContain('Closed on Friday')
  await page.getByRole('button', { name: 'Kill Notice' }).click()
  await page.getByRole('button', { name: 'Bring back' }).waitFor()
  expect(await flags()).not.toContain('Closed on Friday')
  await page.getByRole('button', { name: 'History of Notice' }).click()
  await page.getByRole('dialog').getByText('Closed on Friday').first().waitFor()
  expect(await barriersOn(page)).toEqual([])
  await page.getByRole('button', { name: 'Close' }).click()
  const asksConsent = async () =>
    (await (await fetch(`${line.origin}/en`)).text()).includes('type="checkbox"')
  expect(await asksConsent()).toBe(false)
  await page.getByRole('button', { name: 'Change Consent checkbox' }).click()
  await page.getByRole('checkbox', { name: 'On' }).check()
  await page.getByRole('button', { name: 'Save' }).click()
  // What was said of the flag before may still stand there.
  await until('the page asks for consent', asksConsent)

  // Where leads come from, and those of one source.
  const table = createLeadTable(db, { dedupWindowMs: 60_000, news: createMemoryNews() })
  const attribution = { utm_source: 'radio', utm_campaign: 'spring' }
  await table.store(makeLeads(2, { details: { attribution, device: 'phone', landing: '/en' } }))
  await until('they are counted', async () => {
    await countSources(db)
    const { rows } = await sql`select from source_counts where value = 'radio'`.execute(db)
    return rows.length > 0
  })
  await page.getByRole('link', { name: 'Sources' }).click()
  await page.getByLabel('Time').selectOption('30 days')
  await page.locator('main .recharts-bar-rectangle path').first().waitFor()
  await page.getByText('As a table').click()
  expect(await page.getByRole('table', { name: 'Over time' }).getByRole('row').count()).toBe(31)
  expect(await barriersOn(page)).toEqual([])
  await page.getByLabel('Told apart by').selectOption('Device')
  await page.getByRole('cell', { name: 'Phone', exact: true }).waitFor()
  await page.getByLabel('Told apart by').selectOption('Source')
  await page.getByRole('button', { name: 'Conversion' }).click()
  expect(new URL(page.url()).searchParams.get('sort')).toBe('conversion')
  await page.getByRole('link', { name: 'Leads of radio' }).click()
  await page.getByText('2 of them').waitFor()
  // The link has brought the end of that time: the last day stands there, and can be taken away.
  const last = page.getByLabel('To', { exact: true })
  expect(await last.inputValue()).toMatch(/^20\d\d-\d\d-\d\d$/)
  await last.fill('')
  await until('it is gone', () => !new URL(page.url()).searchParams.has('until'))
  await page.getByRole('button', { name: 'More filters' }).click()
  await page.getByRole('textbox', { name: 'Campaign' }).fill('elsewhere')
  await page.getByText('No lead matches.').waitFor()

  // What could not be stored is asked to be stored again.
  await table.quarantine(makeLeads(1)[0]!, 'the disk was full')
  await page.getByRole('link', { name: 'Queue' }).click()
  await page.getByRole('cell', { name: 'the disk was full' }).waitFor()
  await page.getByRole('button', { name: 'Store all again' }).click()
  await page.getByText('Asked. A worker does it').waitFor()

  await page.getByRole('link', { name: 'Experiments' }).click()
  await page.getByRole('link', { name: 'hero' }).click()
  await page.getByText('Too little data').first().waitFor()
  await page.getByRole('button', { name: 'Stop' }).click()
  await page.getByRole('button', { name: 'Stop it' }).click()
  await page.getByText('stopped', { exact: true }).waitFor()
  await page.getByRole('button', { name: 'Start' }).click()
  await page.getByText('running', { exact: true }).waitFor()
})

test.each([
  ['en', 'light', 1280],
  ['fa', 'dark', 390],
] as const)(
  'nothing keeps anybody from using a screen of the desk in %s, %s and %i wide',
  async (language, colorScheme, width) => {
    const { page, complaints } = await chromium.visit(await linkFor(db, line.origin), {
      ...{ ...english, colorScheme, viewport: { width, height: 800 }, reducedMotion: 'reduce' },
    })
    await page.evaluate((name) => localStorage.setItem('desk.language', name), language)
    await page.getByLabel('Name').fill('Dee')
    await page.getByLabel('E-mail').fill(`dee-${language}@example.com`)
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Make my account' }).click()
    await page.getByRole('navigation').waitFor()
    const links = page.getByRole('navigation').locator('a')
    const addresses = await links.evaluateAll((all) => all.map((each) => (each as HTMLAnchorElement).href))
    expect(addresses.length).toBeGreaterThan(4)
    for (const address of [...addresses, `${line.origin}/admin/experiments?key=hero`]) {
      await page.goto(address)
      await page.getByRole('heading', { level: 1 }).waitFor()
      await page.waitForLoadState('networkidle')
      expect(await page.evaluate(() => document.documentElement.lang)).toBe(language)
      expect([address, await barriersOn(page), await overhang(page)]).toEqual([address, [], 0])
    }
    await page.goto(`${line.origin}/admin/deliveries`)
    await page.getByRole('heading', { level: 1 }).waitFor()
    await page
      .getByRole('button')
      .filter({ hasText: /Add an endpoint|افزودن مقصد/ })
      .first()
      .click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('combobox').selectOption('email')
    expect([await barriersOn(page), await overhang(page)]).toEqual([[], 0])
    // Text that is marked from inside to outside ends nothing; a click beside it does.
    const heading = (await dialog.getByRole('heading').boundingBox())!
    await page.mouse.move(heading.x + heading.width / 2, heading.y + heading.height / 2)
    await page.mouse.down()
    await page.mouse.move(2, 2, { steps: 4 })
    await page.mouse.up()
    expect(await dialog.count()).toBe(1)
    await page.mouse.click(2, 2)
    await dialog.waitFor({ state: 'detached' })
    expect(complaints).toEqual([])

    await page.goto(addresses[0]!)
    await page.getByRole('heading', { level: 1 }).waitFor()
    await page.emulateMedia({ media: 'print' })
    const printed = await page.locator('main').boundingBox()
    expect(printed!.width).toBeGreaterThan(width * 0.8)
    expect(await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme)).toBe('light')
  },
)

test('the document may be kept nowhere, found by no search engine, and run nothing from elsewhere', async () => {
  for (const path of ['/admin', '/admin/', '/admin/operators?x=1', '/admin/nowhere']) {
    const answer = await fetch(line.origin + path)
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-store'])
    expect(answer.headers.get('x-robots-tag')).toContain('noindex')
    expect(answer.headers.get('content-security-policy')).toStartWith(
      "default-src 'none'; script-src 'self';",
    )
    const [, script] = /src="(\/admin\/assets\/[^"]+\.js)"/.exec(await answer.text())!
    const file = await fetch(line.origin + script)
    expect(file.headers.get('cache-control')).toContain('immutable')
  }
  expect((await fetch(`${line.origin}/admin/assets/none.js`)).status).toBe(404)
})
