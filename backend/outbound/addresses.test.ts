import { describe, expect, test } from 'bun:test'
import { allowedOf, isMetadata, isPublic } from './addresses.ts'
import { Refused, resolveSafely } from './resolve.ts'

const names: Readonly<Record<string, readonly string[]>> = {
  'example.com': ['93.184.215.14', '2606:2800:21f:cb07:6820:80da:af6b:8b2c'],
  localhost: ['127.0.0.1', '::1'],
  'localhost.': ['127.0.0.1'],
  'inner.example.com': ['10.1.2.3'],
  'both.example.com': ['93.184.215.14', '192.168.1.1'],
  'mapped.example.com': ['::ffff:127.0.0.1'],
  'metadata.google.internal': ['169.254.169.254'],
  'crm.lan': ['192.168.7.7'],
  'evil.lan': ['169.254.169.254'],
}
const lookup = async (host: string) => {
  const found = names[host]
  if (!found) throw new Error('ENOTFOUND')
  return found
}
const verdict = async (url: string, allow: readonly string[] = []) =>
  resolveSafely(url, { lookup, allowed: allowedOf(allow) }).then(
    ({ addresses }) => addresses.join(' '),
    (error) => {
      if (error instanceof Refused) return `refused: ${error.message}`
      throw error
    },
  )

describe('refused, whatever way it is written:', () => {
  test.each([
    // Loopback, in every spelling that parsers of addresses take.
    'https://127.0.0.1/',
    'https://127.1/',
    'https://127.0.0.1:8001/x',
    'https://2130706433/',
    'https://0x7f000001/',
    'https://0x7f.0.0.1/',
    'https://0177.0.0.1/',
    'https://017700000001/',
    'https://127.255.255.254/',
    'https://[::1]/',
    'https://[0:0:0:0:0:0:0:1]/',
    'https://localhost/',
    'https://LOCALHOST/',
    'https://localhost./',
    'https://０x７f.1/',
    'https://①②⑦.0.0.1/',
    // No address of anybody.
    'https://0.0.0.0/',
    'https://0/',
    'https://[::]/',
    'https://255.255.255.255/',
    'https://224.0.0.1/',
    'https://240.1.1.1/',
    'https://[ff02::1]/',
    // Private networks, of homes, firms and carriers.
    'https://10.0.0.1/',
    'https://10.255.255.255/',
    'https://0xa000001/',
    'https://172.16.0.1/',
    'https://172.31.255.255/',
    'https://192.168.0.1/',
    'https://3232235521/',
    'https://100.64.0.1/',
    'https://198.18.0.1/',
    'https://[fc00::1]/',
    'https://[fd12:3456::1]/',
    'https://[fe80::1]/',
    'https://[fec0::1]/',
    'https://inner.example.com/',
    'https://crm.lan/',
    // IPv4 within IPv6.
    'https://[::ffff:127.0.0.1]/',
    'https://[::ffff:7f00:1]/',
    'https://[::ffff:10.0.0.1]/',
    'https://[::127.0.0.1]/',
    'https://[64:ff9b::7f00:1]/',
    'https://[64:ff9b::10.0.0.1]/',
    'https://[64:ff9b:1::a00:1]/',
    'https://[2002:7f00:1::]/',
    'https://[2001:0:7f00:1::1]/',
    'https://mapped.example.com/',
    // One of its addresses is enough.
    'https://both.example.com/',
    // Where clouds keep credentials.
    'http://169.254.169.254/latest/meta-data/',
    'https://[::ffff:169.254.169.254]/',
    'https://[fd00:ec2::254]/',
    'https://metadata.google.internal/',
    'https://100.100.100.200/',
    'https://168.63.129.16/',
    'https://169.254.0.23/',
    'https://[fd00:c1::a9fe:a9fe]/',
    'https://[fe80::a9fe:a9fe]/',
    // Documentation and the like.
    'https://192.0.2.1/',
    'https://203.0.113.9/',
    'https://[2001:db8::1]/',
    // What is not sent, and where it is not sent to.
    'https://user@example.com/',
    'https://user:password@example.com/',
    'https://example.com@127.0.0.1/',
    'http://example.com/',
    'ftp://example.com/',
    'file:///etc/passwd',
    'gopher://example.com/',
    'https://nobody.example.com/',
    'https://exa mple.com/',
    'not an address',
  ])('%s', async (url) => {
    expect(await verdict(url)).toStartWith('refused: ')
  })
})

test.each([
  ['https://example.com/hook?a=1', '93.184.215.14 2606:2800:21f:cb07:6820:80da:af6b:8b2c'],
  ['https://example.com:8443/', '93.184.215.14 2606:2800:21f:cb07:6820:80da:af6b:8b2c'],
  ['https://EXAMPLE.com/', '93.184.215.14 2606:2800:21f:cb07:6820:80da:af6b:8b2c'],
  ['https://8.8.8.8/', '8.8.8.8'],
  ['https://134744072/', '8.8.8.8'],
  ['https://172.15.255.255/', '172.15.255.255'],
  ['https://172.32.0.1/', '172.32.0.1'],
  ['https://100.63.255.255/', '100.63.255.255'],
  ['https://100.128.0.1/', '100.128.0.1'],
  ['https://[2606:4700::1111]/', '2606:4700::1111'],
])('%s is dialled at %s', async (url, addresses) => {
  expect(await verdict(url)).toBe(addresses)
})

describe('DELIVERY_ALLOW', () => {
  test.each([
    ['https://crm.lan/', ['crm.lan'], '192.168.7.7'],
    ['http://crm.lan/', ['CRM.lan'], '192.168.7.7'],
    ['http://crm.lan:8080/', ['192.168.7.0/24'], '192.168.7.7'],
    ['http://192.168.7.7/', ['192.168.7.7'], '192.168.7.7'],
    ['http://[::1]/', ['::1'], '::1'],
    ['http://[fd12::9]/', ['fd12::/16'], 'fd12::9'],
    ['http://localhost/', ['localhost'], '127.0.0.1 ::1'],
  ])('lets %s through by %p', async (url, allow, addresses) => {
    expect(await verdict(url, allow)).toBe(addresses)
  })

  test.each([
    ['https://inner.example.com/', ['crm.lan', '192.168.0.0/16']],
    ['http://localhost/', ['127.0.0.1']],
    ['https://both.example.com/', ['10.0.0.0/8']],
    ['http://169.254.169.254/', ['169.254.0.0/16', '169.254.169.254']],
    ['http://evil.lan/', ['evil.lan']],
    ['http://[fd00:c1::a9fe:a9fe]/', ['fd00::/8']],
    ['http://[fe80::a9fe:a9fe]/', ['fe80::/10']],
    ['http://[::ffff:169.254.169.254]/', ['::ffff:0:0/96']],
    ['http://example.com/', ['crm.lan']],
  ])('does not let %s through by %p', async (url, allow) => {
    expect(await verdict(url, allow)).toStartWith('refused: ')
  })

  test('is named by a refusal, with what to add to it', async () => {
    expect(await verdict('https://crm.lan/')).toBe(
      'refused: crm.lan is not on the open internet (192.168.7.7). If it is meant, add crm.lan or 192.168.7.7 to DELIVERY_ALLOW and restart',
    )
  })
})

test('what is no address is not public, and no metadata', () => {
  for (const text of ['', 'example.com', '1.2.3', 'fe80::1%eth0', '2606:4700::1111%1', '::ffff:8.8.8.8'])
    expect([text, isPublic(text)]).toEqual([text, false])
  expect(isMetadata('8.8.8.8')).toBe(false)
})
