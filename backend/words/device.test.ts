import { expect, test } from 'bun:test'
import { createDeviceReader } from './device.ts'

const safari = 'AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0'
const chrome = 'AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0'

test.each([
  [`Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) ${safari} Mobile/15E148 Safari/604.1`, 'phone'],
  [`Mozilla/5.0 (Linux; Android 10; K) ${chrome} Mobile Safari/537.36`, 'phone'],
  ['Mozilla/5.0 (Android 14; Mobile; rv:132.0) Gecko/132.0 Firefox/132.0', 'phone'],
  ['Opera/9.80 (J2ME/MIDP; Opera Mini/7.1; U; en) Presto/2.8 Version/11.10', 'phone'],
  [`Mozilla/5.0 (Linux; Android 13; SM-A536B; wv) ${chrome} Mobile Safari/537.36 [FBAN/FB4A]`, 'phone'],
  [`Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) ${safari} Mobile/15E148 Safari/604.1`, 'tablet'],
  [`Mozilla/5.0 (Linux; Android 10; K) ${chrome} Safari/537.36`, 'tablet'],
  ['Mozilla/5.0 (Android 14; Tablet; rv:132.0) Gecko/132.0 Firefox/132.0', 'tablet'],
  [
    `Mozilla/5.0 (Linux; Android 9; KFMAWI) AppleWebKit/537.36 Silk/120.1 like Chrome/120 Safari/537.36`,
    'tablet',
  ],
  [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${chrome} Safari/537.36`, 'computer'],
  ['Mozilla/5.0 (Windows NT 6.1; Trident/7.0; Tablet PC 2.0; rv:11.0) like Gecko', 'computer'],
  [`Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${safari} Safari/605.1.15`, 'computer'],
  ['Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0', 'computer'],
  [`Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) ${chrome} Safari/537.36`, 'computer'],
  [`Mozilla/5.0 (Linux; Android 9; AFTMM) ${chrome} Safari/537.36`, 'other'],
  [`Mozilla/5.0 (SMART-TV; LINUX; Tizen 6.0) ${chrome} TV Safari/537.36`, 'other'],
  ['curl/8.9.1', 'other'],
])('%s is of a %s', (userAgent, device) => {
  const deviceOf = createDeviceReader()
  expect([deviceOf(userAgent), deviceOf(userAgent)]).toEqual([device, device] as never)
})

test('who sends no name is of no device, and of a long one the beginning is read', () => {
  const deviceOf = createDeviceReader()
  expect([deviceOf(null), deviceOf('')]).toEqual([undefined, undefined])
  expect(deviceOf(`Android ${'x'.repeat(10_000)} Mobile`)).toBe('tablet')
  expect(deviceOf(`${'x '.repeat(300)} iPhone`)).toBe('other')
})
