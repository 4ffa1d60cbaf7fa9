import { expect, test } from 'bun:test'
import { ratiosPicture } from './picture.ts'

const goal = { name: 'acknowledged / bare', of: 'b', to: 'a', floor: 0.6, aim: 0.75 } as const
const barsOf = (svg: string) =>
  [...svg.matchAll(/<rect class="(aim|floor|below)" .*? width="([\d.]+)"/g)].map(([, kind, width]) => [
    kind,
    Number(width),
  ])

test('a bar shows its ratio as a share of its aim, and whether it reached floor and aim', () => {
  const values = [0.75, 0.6, 0.375]
  const svg = ratiosPicture(
    values.map((value) => ({ ...goal, value })),
    'today',
  )
  const [aim, floor, below] = barsOf(svg)
  expect([aim?.[0], floor?.[0], below?.[0]]).toEqual(['aim', 'floor', 'below'])
  expect((below?.[1] as number) / (aim?.[1] as number)).toBeCloseTo(0.5, 2)
})

test('a ratio far above its aim stays in the picture', () => {
  const widest = barsOf(ratiosPicture([{ ...goal, value: 1_000 }], 'today'))[0]?.[1] as number
  expect(widest).toBeLessThanOrEqual(360)
})

test('the picture reads on dark and light, can be heard, and holds nothing foreign', () => {
  const svg = ratiosPicture([{ ...goal, name: 'a <b> & "c"', value: 0.7 }], 'on <this> machine')
  expect(svg).toContain('prefers-color-scheme:dark')
  expect(svg).toContain('aria-label="a &lt;b&gt; &amp; &quot;c&quot; 0.70 (floor 0.6)"')
  expect(svg).toContain('on &lt;this&gt; machine')
  expect(svg).not.toMatch(/<script|href|url\(/)
})

test('what has no floor is not in the picture', () => {
  expect(barsOf(ratiosPicture([{ name: 'x', of: 'f', to: 'a', value: 0.3 }], 'today'))).toEqual([])
})
