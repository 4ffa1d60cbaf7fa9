import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { clientBehind, clientKey, createClientAddress, maskAddress } from './client-ip.ts'

describe('without trusted proxies', () => {
  const addressOf = clientBehind([])

  test('the peer is the client, whatever the header says', () => {
    expect(addressOf('198.51.100.7', '1.1.1.1')).toBe('198.51.100.7')
    expect(addressOf('198.51.100.7', null)).toBe('198.51.100.7')
  })

  test('an IPv4 peer on an IPv6 socket is its IPv4 address', () => {
    expect(addressOf('::ffff:198.51.100.7', null)).toBe('198.51.100.7')
    expect(addressOf('::FFFF:c633:6407', null)).toBe('198.51.100.7')
  })
})

describe('behind trusted proxies', () => {
  const addressOf = clientBehind(['10.0.0.0/8', '203.0.113.9', 'fd00::/8', '::1'])

  test.each([
    ['10.0.0.2', '198.51.100.7', '198.51.100.7'],
    ['::ffff:10.0.0.2', '198.51.100.7', '198.51.100.7'],
    ['::1', '2001:db8::5', '2001:db8::5'],
    ['10.0.0.2', '198.51.100.7:51234', '198.51.100.7'],
    ['10.0.0.2', '[2001:db8::5]:51234', '2001:db8::5'],
    ['10.0.0.2', '[2001:db8::5]', '2001:db8::5'],
    ['10.0.0.2', '::ffff:198.51.100.7', '198.51.100.7'],
    ['10.0.0.2', 'fe80::1%eth0', 'fe80::1'],
    ['10.0.0.2', '  198.51.100.7 ', '198.51.100.7'],
  ])('from %s with %p the client is %s', (peer, header, client) => {
    expect(addressOf(peer, header)).toBe(client)
  })

  test('the first untrusted address from the right is the client', () => {
    expect(addressOf('10.0.0.2', '198.51.100.7, 203.0.113.9, 10.4.4.4')).toBe('198.51.100.7')
    expect(addressOf('fd00::2', '198.51.100.7,fd12::1')).toBe('198.51.100.7')
  })

  test('what a client forged on the left is not read', () => {
    expect(addressOf('10.0.0.2', '1.1.1.1, 198.51.100.7')).toBe('198.51.100.7')
    expect(addressOf('10.0.0.2', '10.9.9.9, 127.0.0.1, 198.51.100.7, 10.0.0.3')).toBe('198.51.100.7')
  })

  test.each([
    '::ffff:10.0.0.0/104',
    '::ffff:a00:0/104',
    '0:0:0:0:0:ffff:10.0.0.2',
    '::ffff:0:0/96',
    '::/0',
    '10.0.0.2/31',
  ])('an IPv4 peer is trusted by the block %s', (block) => {
    const throughBlock = clientBehind([block, 'fd00::/8'])
    const client = block === '::/0' || block === '::ffff:0:0/96' ? '10.9.9.9' : '198.51.100.7'
    expect(throughBlock('10.0.0.2', client)).toBe(client)
    expect(throughBlock('::ffff:10.0.0.2', client)).toBe(client)
  })

  test('an IPv4 block trusts its addresses however they are written', () => {
    expect(addressOf('10.0.0.2', '198.51.100.7, 0:0:0:0:0:ffff:10.0.0.3')).toBe('198.51.100.7')
    expect(addressOf('10.0.0.2', '198.51.100.7, 0000::ffff:10.0.0.3')).toBe('198.51.100.7')
  })

  test('an untrusted peer cannot speak for anyone', () => {
    expect(addressOf('198.51.100.7', '1.1.1.1')).toBe('198.51.100.7')
    expect(addressOf('198.51.100.7', '10.0.0.2')).toBe('198.51.100.7')
  })

  test('a malformed entry ends the walk at the last proxy that is known', () => {
    for (const bad of [
      'unknown',
      '',
      '_hidden',
      '1.2.3',
      '1.2.3.4.5',
      '1.2.3.4:x',
      '[::1',
      '[1.2.3.4]',
      '::g',
    ])
      expect(addressOf('10.0.0.2', `198.51.100.7, ${bad}, 10.0.0.3`)).toBe('10.0.0.3')
    expect(addressOf('10.0.0.2', 'unknown')).toBe('10.0.0.2')
    expect(addressOf('10.0.0.2', ',')).toBe('10.0.0.2')
  })

  test('a request from inside the trusted network is the farthest of its addresses', () => {
    expect(addressOf('10.0.0.2', '10.1.1.1, 10.0.0.3')).toBe('10.1.1.1')
  })

  test('no header can turn the address that a trusted proxy appended into another', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), (forged) => {
        expect(addressOf('10.0.0.2', `${forged}, 198.51.100.7`)).toBe('198.51.100.7')
      }),
    )
  })

  test('more peers than are remembered are still told apart', () => {
    for (let peer = 0; peer < 1000; peer += 1) {
      expect(addressOf(`10.0.${peer >> 8}.${peer & 255}`, '198.51.100.7')).toBe('198.51.100.7')
      expect(addressOf(`11.0.${peer >> 8}.${peer & 255}`, '198.51.100.7')).toBe(
        `11.0.${peer >> 8}.${peer & 255}`,
      )
    }
  })
})

describe('where only trusted proxies can connect', () => {
  const request = (forwardedFor?: string) =>
    new Request('http://localhost/', { headers: forwardedFor ? { 'x-forwarded-for': forwardedFor } : {} })
  const asked = () => {
    let times = 0
    const peer = {
      requestIP() {
        times += 1
        return { address: '127.0.0.1' }
      },
    }
    return { peer, times: () => times }
  }

  test.each([
    [['127.0.0.0/8'], '127.0.0.1'],
    [['10.0.0.0/8', '127.0.0.0/8'], '127.0.0.1'],
    [['::1'], '::1'],
  ])(
    'with %p trusted and listening on %s, the peer of a forwarded request is not asked for',
    (trusted, listens) => {
      const { peer, times } = asked()
      const addressOf = createClientAddress(trusted, listens)
      expect(addressOf(request('198.51.100.7'), peer)).toBe('198.51.100.7')
      expect(addressOf(request('1.1.1.1, 198.51.100.7'), peer)).toBe('198.51.100.7')
      expect(times()).toBe(0)
      expect(addressOf(request(), peer)).toBe('127.0.0.1')
      expect(times()).toBe(1)
    },
  )

  test.each([
    [['127.0.0.0/8'], ''],
    [['127.0.0.1'], '127.0.0.1'],
    [['127.0.0.0/9', '127.128.0.0/9'], '127.0.0.1'],
    [['192.168.0.0/16'], '192.168.0.2'],
    [['10.0.0.0/8'], '127.0.0.1'],
    [[], '127.0.0.1'],
  ])('with %p trusted and listening on %p it is', (trusted, listens) => {
    const { peer, times } = asked()
    createClientAddress(trusted, listens)(request('198.51.100.7'), peer)
    expect(times()).toBe(1)
  })
})

describe('who a limit counts', () => {
  test('an IPv4 address counts for itself', () => {
    expect(clientKey('198.51.100.7')).toBe('198.51.100.7')
    expect(clientKey('::ffff:198.51.100.7')).toBe('198.51.100.7')
  })

  test('every address of an IPv6 /64 is one client, in every spelling', () => {
    const key = '2001:db8:0:7::/64'
    for (const address of [
      '2001:db8:0:7::1',
      '2001:DB8:0:7:ffff:ffff:ffff:ffff',
      '2001:0db8:0000:0007:0000:0000:0000:0001',
      '2001:db8::7:1:2:3:4',
    ])
      expect(clientKey(address)).toBe(key)
    expect(clientKey('2001:db8:0:8::1')).not.toBe(key)
    expect(clientKey('::1')).toBe('0:0:0:0::/64')
    expect(clientKey('64:ff9b::198.51.100.7')).toBe('64:ff9b:0:0::/64')
  })
})

test('a masked address tells the network and not the client', () => {
  expect(maskAddress('198.51.100.7')).toBe('198.51.100.*')
  expect(maskAddress('::ffff:198.51.100.7')).toBe('198.51.100.*')
  expect(maskAddress('2001:db8:1:2:3::4')).toBe('2001:db8:1::/48')
  expect(maskAddress('not an address')).toBe('')
})
