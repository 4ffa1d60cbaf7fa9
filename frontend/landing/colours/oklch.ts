/** A colour as people see it: lightness from 0 to 1, strength from 0 to some 0.37, hue in degrees. */
export type Oklch = Readonly<{ l: number; c: number; h: number }>

type Triple = readonly [number, number, number]

/** @throws Error for what is not written like `#0f5b4c`. */
function channelsOf(hex: string): Triple {
  if (!/^#[0-9a-f]{6}$/i.test(hex)) throw new Error(`${hex} is no colour: write it like #0f5b4c`)
  const at = (index: number) => linear(Number.parseInt(hex.slice(index, index + 2), 16) / 255)
  return [at(1), at(3), at(5)]
}

const linear = (value: number) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
const encoded = (value: number) => (value <= 0.0031308 ? value * 12.92 : 1.055 * value ** (1 / 2.4) - 0.055)

/** Reads `#0f5b4c`. */
export function oklchOf(hex: string): Oklch {
  const [r, g, b] = channelsOf(hex)
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
  const a = 1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s
  const bb = 0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s
  return {
    l: 0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    c: Math.hypot(a, bb),
    h: ((Math.atan2(bb, a) * 180) / Math.PI + 360) % 360,
  }
}

/** Writes it like `#0f5b4c`, as strong as screens can show it. */
export function hexOf({ l, c, h }: Oklch): string {
  let strength = c
  let channels = toChannels({ l, c: strength, h })
  while (strength > 0.001 && channels.some((each) => each < -0.0005 || each > 1.0005)) {
    strength *= 0.96
    channels = toChannels({ l, c: strength, h })
  }
  const byte = (value: number) => Math.round(Math.min(1, Math.max(0, encoded(value))) * 255)
  return `#${channels.map((each) => byte(each).toString(16).padStart(2, '0')).join('')}`
}

function toChannels({ l, c, h }: Oklch): Triple {
  const a = c * Math.cos((h * Math.PI) / 180)
  const b = c * Math.sin((h * Math.PI) / 180)
  const x = (l + 0.3963377774 * a + 0.2158037573 * b) ** 3
  const y = (l - 0.1055613458 * a - 0.0638541728 * b) ** 3
  const z = (l - 0.0894841775 * a - 1.291485548 * b) ** 3
  return [
    4.0767416621 * x - 3.3077115913 * y + 0.2309699292 * z,
    -1.2684380046 * x + 2.6097574011 * y - 0.3413193965 * z,
    -0.0041960863 * x - 0.7034186147 * y + 1.707614701 * z,
  ]
}

/** How far two colours stand apart, from 1 to 21, as WCAG counts it: text needs 4.5. */
export function contrastOf(one: string, other: string): number {
  const [light, dark] = [luminanceOf(one), luminanceOf(other)].sort((a, b) => b - a) as [number, number]
  return (light + 0.05) / (dark + 0.05)
}

function luminanceOf(hex: string): number {
  const [r, g, b] = channelsOf(hex)
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}
