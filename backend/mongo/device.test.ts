import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { createDeviceReader } from './device.ts'

const deviceOf = createDeviceReader()

test.each([
  [
    'mobile',
    'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1',
  ],
  [
    'mobile',
    'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36',
  ],
  [
    'tablet',
    'Mozilla/5.0 (iPad; CPU OS 16_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.5 Mobile/15E148 Safari/604.1',
  ],
  [
    'desktop',
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
  ],
  ['desktop', 'Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0'],
  ['tv', 'Mozilla/5.0 (SMART-TV; Linux; Tizen 6.0) AppleWebKit/538.1 (KHTML, like Gecko) TV Safari/538.1'],
  ['bot', 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)'],
  ['bot', 'Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)'],
  ['bot', 'curl/8.5.0'],
  ['unknown', 'something new'],
  ['unknown', ''],
])('%s: %s', (device, userAgent) => {
  expect(deviceOf(userAgent)).toBe(device as ReturnType<typeof deviceOf>)
})

test('whatever a client calls itself, a device is told', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 400, unit: 'binary' }), (userAgent) => {
      expect(['mobile', 'tablet', 'desktop', 'tv', 'bot', 'unknown']).toContain(deviceOf(userAgent))
    }),
  )
})

test('more names than are remembered are still read', () => {
  for (let n = 0; n < 2_500; n += 1) expect(deviceOf(`curl/${n}`)).toBe('bot')
})
