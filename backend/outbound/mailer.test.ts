import { afterAll, describe, expect, test } from 'bun:test'
import { createServer } from 'node:net'
import { mailCa, startMailServer } from '../testing/stage/mail-server.ts'
import { allowedOf } from './addresses.ts'
import { createEverySender } from './every-sender.ts'

const ends: (() => unknown)[] = []
afterAll(async () => {
  for (const end of ends) await end()
})

async function server(given: Parameters<typeof startMailServer>[0] = {}) {
  const made = await startMailServer(given)
  ends.push(made.stop)
  return made
}

async function silent() {
  let connections = 0
  const made = createServer((socket) => {
    connections++
    ends.push(() => socket.destroy())
  })
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve))
  ends.push(() => made.close())
  return { port: (made.address() as { port: number }).port, count: () => connections }
}

const lookup = async () => ['127.0.0.1']
const open = createEverySender({ allowed: allowedOf(['localhost']), lookup, ca: mailCa, timeoutMs: 1_000 })
const mailTo = (url: string, more: Readonly<Record<string, string>> = {}) => ({
  url,
  headers: {
    From: 'leads@example.com',
    To: 'a@example.com, b@example.com',
    Subject: 'سرنخ 👋',
    'Message-ID': '<1@example.com>',
    ...more,
  },
  body: 'سلام 👋\n',
  html: '<p>سلام 👋</p>',
})

describe('a mail', () => {
  test.each([
    ['by STARTTLS', 'smtp:', false],
    ['by TLS from the first byte, as on 465', 'smtps:', true],
  ])('arrives whole %s, with the name of the server checked', async (_, protocol, secure) => {
    const taking = await server({ secure })
    expect(await open.send(mailTo(`${protocol}//localhost:${taking.port}`))).toMatchObject({ status: 250 })
    const [mail] = taking.mails
    expect(mail).toMatchObject({
      secure: true,
      to: ['a@example.com', 'b@example.com'],
      from: 'leads@example.com',
      text: 'سلام 👋\n',
    })
    expect(mail!.html).toContain('<p>سلام 👋</p>')
    expect(mail!.headers.get('subject')).toBe('سرنخ 👋')
    expect(mail!.headers.get('message-id')).toBe('<1@example.com>')
    // The same address by another name is not whom the certificate is of.
    const other = createEverySender({
      allowed: allowedOf(['mail.lan']),
      lookup,
      ca: mailCa,
      timeoutMs: 1_000,
    })
    expect(await other.send(mailTo(`${protocol}//mail.lan:${taking.port}`))).toMatchObject({
      status: 0,
      because: expect.stringContaining('certificate'),
    })
    const doubting = createEverySender({ allowed: allowedOf(['localhost']), lookup, timeoutMs: 1_000 })
    expect((await doubting.send(mailTo(`${protocol}//localhost:${taking.port}`))).status).toBe(0)
    expect(taking.mails).toHaveLength(1)
  })

  test('says who it is where the address does, and a wrong password is what the server says of it', async () => {
    const taking = await server({
      authOptional: false,
      onAuth({ username, password }, _, done) {
        const isRight = username === 'us@example.com' && password === 'p@ss:1'
        done(isRight ? null : new Error('no'), { user: 'us' })
      },
    })
    const as = (password: string) => `smtp://us%40example.com:${password}@localhost:${taking.port}`
    expect(await open.send(mailTo(as('p%40ss%3A1')))).toMatchObject({ status: 250 })
    expect((await open.send(mailTo(as('wrong')))).status).toBe(535)
  })

  test('is not sent in the clear to a server without STARTTLS, unless the address says so and the host is allowed', async () => {
    const plain = await server({ disabledCommands: ['STARTTLS'] })
    const url = `smtp://localhost:${plain.port}`
    expect(await open.send(mailTo(url))).toMatchObject({
      status: 0,
      because: expect.stringContaining('offers no STARTTLS'),
    })
    expect(plain.mails).toHaveLength(0)
    expect(await open.send(mailTo(`${url}?starttls=no`))).toMatchObject({ status: 250 })
    const anywhere = createEverySender({ allowed: allowedOf([]), lookup: async () => ['93.184.216.34'] })
    expect(await anywhere.refusal('smtp://mail.example.com?starttls=no')).toContain('in the clear')
    expect(await anywhere.refusal('smtp://mail.example.com')).toBeUndefined()
  })

  test('that the server cannot take now, or will never, has its code and words', async () => {
    const taking = await server({ refuses: () => ({ code: 451, says: '4.7.1 greylisted, come back' }) })
    const url = `smtp://localhost:${taking.port}`
    expect(await open.send(mailTo(url))).toMatchObject({
      status: 451,
      body: expect.stringContaining('greylisted'),
    })
    taking.behave((step) => (step === 'mail' ? { code: 554, says: '5.7.1 spam' } : undefined))
    expect(await open.send(mailTo(url))).toMatchObject({ status: 554 })
    taking.behave((_, address) => (address.startsWith('b') ? { code: 550, says: 'nobody' } : undefined))
    expect(await open.send(mailTo(url))).toMatchObject({
      status: 250,
      body: expect.stringContaining('refused: b@example.com'),
    })
  })

  test.each([
    ['greets', async () => (await silent()).port, 'smtp:'],
    ['shakes hands', async () => (await silent()).port, 'smtps:'],
    ['answers the mail', async () => (await server({ hangs: true })).port, 'smtp:'],
    ['listens', async () => 1, 'smtp:'],
  ])('to a server that never %s ends by itself', async (_, port, protocol) => {
    const startedMs = performance.now()
    const { status, because } = await open.send(mailTo(`${protocol}//localhost:${await port()}`))
    expect([status, because]).toEqual([0, expect.stringContaining('the connection failed')])
    expect(performance.now() - startedMs).toBeLessThan(5_000)
  })

  test('goes to no address that is not public, whatever its name was when it was saved', async () => {
    const inner = await silent()
    const closed = createEverySender({ allowed: allowedOf([]), lookup })
    for (const host of [
      'localhost',
      '127.0.0.1',
      '[::1]',
      '[::ffff:127.0.0.1]',
      '2130706433',
      'rebound.example',
    ]) {
      const url = `smtps://${host}:${inner.port}`
      expect((await closed.send(mailTo(url))).because).toMatch(/DELIVERY_ALLOW|no address/)
    }
    expect(await closed.refusal('smtps://169.254.169.254')).toContain('nothing allows that')
    expect(inner.count()).toBe(0)
  })

  test('has the headers that it was given and no others, whatever stands in them', async () => {
    const taking = await server()
    const url = `smtp://localhost:${taking.port}`
    await open.send(mailTo(url, { Subject: 'x\r\nBcc: evil@example.com\r\n\r\nbody' }))
    expect(taking.mails[0]!.to).toEqual(['a@example.com', 'b@example.com'])
    expect(taking.mails[0]!.headers.has('bcc')).toBe(false)
    expect(taking.mails[0]!.text).toBe('سلام 👋\n')
  })
})
