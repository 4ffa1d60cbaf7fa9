import { expect, test } from 'bun:test'
import jsQR from 'jsqr'
import { renderToStaticMarkup } from 'react-dom/server'
import Qr from './qr.tsx'

const scale = 4

test('what is drawn for a camera is read by another reader as the text it was', () => {
  const text =
    'otpauth://totp/Landfast%20www.example.com:ann@example.com?issuer=Landfast%20www.example.com&secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&algorithm=SHA1&digits=6&period=30'
  const svg = renderToStaticMarkup(<Qr text={text} label="for the app" />)
  const size = Number(/viewBox="0 0 (\d+)/.exec(svg)![1]) * scale
  const pixels = new Uint8ClampedArray(size * size * 4).fill(255)
  for (const [, x, y] of svg.matchAll(/M(\d+) (\d+)h1v1h-1z/g))
    for (let dy = 0; dy < scale; dy++)
      for (let dx = 0; dx < scale; dx++) {
        const at = ((Number(y) * scale + dy) * size + Number(x) * scale + dx) * 4
        pixels.fill(0, at, at + 3)
      }
  expect(jsQR(pixels, size, size)?.data).toBe(text)
})
