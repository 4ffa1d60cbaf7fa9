import { contrastOf, hexOf, type Oklch, oklchOf } from './oklch.ts'

const names = [
  /** Behind everything, behind every other band, and behind cards. */
  ...(['page', 'tint', 'surface'] as const),
  /** Text, and text of less weight. */
  ...(['ink', 'soft'] as const),
  /** Between things, and around fields. */
  ...(['line', 'field'] as const),
  /** The firm's own, for links and signs, and behind them. */
  ...(['brand', 'brand-tint'] as const),
  /** What is to be pressed, the same under a pointer, and its words. */
  ...(['accent', 'accent-strong', 'accent-ink'] as const),
  /** The last call at the end of the page. */
  ...(['band', 'band-ink'] as const),
  /** What went wrong, and what is to be known. */
  ...(['danger', 'danger-tint', 'notice', 'notice-tint'] as const),
] as const

export type ColourName = (typeof names)[number]

/** Every colour of the page, each like `#0f5b4c`. */
export type Palette = Readonly<Record<ColourName, string>>

/** By day and by night. */
export type Colours = Readonly<{ light: Palette; dark: Palette }>

type Own = Readonly<{ both?: Partial<Palette>; light?: Partial<Palette>; dark?: Partial<Palette> }>

/**
 * All colours of a page from two: the firm's own, and that of the button. What is read stands far enough from what is
 * behind it (WCAG AA) whatever the two are. `own` replaces any of them.
 */
export function coloursOf(two: Readonly<{ brand: string; accent: string }>, own: Own = {}): Colours {
  const hue = oklchOf(two.brand)
  const grey = (l: number, c: number) => hexOf({ l, c: Math.min(c, hue.c), h: hue.h })
  const accent = {
    accent: two.accent,
    'accent-strong': stronger(two.accent),
    'accent-ink': inkOn(two.accent),
  }
  const band = hexOf({ ...hue, l: Math.min(hue.l, 0.39) })
  const lightTint = grey(0.945, 0.025)
  const darkTint = grey(0.29, 0.035)
  const light = {
    page: grey(0.985, 0.004),
    tint: grey(0.955, 0.01),
    surface: '#ffffff',
    ink: grey(0.24, 0.02),
    soft: grey(0.45, 0.02),
    line: grey(0.88, 0.012),
    field: grey(0.6, 0.015),
    brand: readable(hue, [lightTint, grey(0.955, 0.01)], -0.01),
    'brand-tint': lightTint,
    ...accent,
    band,
    'band-ink': readable({ l: 0.9, c: 0.03, h: hue.h }, [band], 0.01),
    danger: '#b3261e',
    'danger-tint': '#fdeceb',
    notice: '#7a4a00',
    'notice-tint': '#fff3d9',
  }
  const dark = {
    page: grey(0.19, 0.012),
    tint: grey(0.215, 0.014),
    surface: grey(0.25, 0.018),
    ink: grey(0.955, 0.006),
    soft: grey(0.785, 0.016),
    line: grey(0.34, 0.02),
    field: grey(0.64, 0.02),
    brand: readable({ ...hue, l: Math.max(hue.l, 0.8), c: Math.min(hue.c, 0.13) }, [darkTint], 0.01),
    'brand-tint': darkTint,
    ...accent,
    band,
    'band-ink': light['band-ink'],
    danger: '#ffb4ab',
    'danger-tint': '#3b1a18',
    notice: '#ffd48a',
    'notice-tint': '#35290f',
  }
  return { light: { ...light, ...own.both, ...own.light }, dark: { ...dark, ...own.both, ...own.dark } }
}

/** The pairs of colours that are read on one another somewhere on the page, and how far they must stand apart. */
export const readPairs: readonly (readonly [front: ColourName, behind: ColourName, least: number])[] = [
  ...(['page', 'tint', 'surface'] as const).flatMap(
    (behind) =>
      [
        ['ink', behind, 4.5],
        ['soft', behind, 4.5],
        ['brand', behind, 4.5],
        ['danger', behind, 4.5],
      ] as const,
  ),
  ['brand', 'brand-tint', 4.5],
  ['ink', 'brand-tint', 4.5],
  ['accent-ink', 'accent', 4.5],
  ['accent-ink', 'accent-strong', 4.5],
  ['band-ink', 'band', 4.5],
  ['danger', 'danger-tint', 4.5],
  ['notice', 'notice-tint', 4.5],
  // The edge of the field, and the button beside its words.
  ['field', 'surface', 3],
  ['field', 'page', 3],
]

/** The pairs that stand too close, each in a sentence. */
export function tooClose({ light, dark }: Colours): string[] {
  return [['light', light] as const, ['dark', dark] as const].flatMap(([look, palette]) =>
    readPairs
      .map(([front, behind, least]) => ({
        front,
        behind,
        least,
        is: contrastOf(palette[front], palette[behind]),
      }))
      .filter(({ is, least }) => is < least)
      .map(
        ({ front, behind, least, is }) =>
          `${look}: ${front} on ${behind} has a contrast of ${is.toFixed(2)}, less than ${least}`,
      ),
  )
}

/** The style sheet that gives the names of theme.css these colours. What is printed is printed by day. */
export function styleOf({ light, dark }: Colours): string {
  const rules = (palette: Palette, look: string) =>
    `:root{${names
      .filter((name) => look === '' || dark[name] !== light[name])
      .map((name) => `--${name}:${palette[name]}`)
      .join(';')}}`
  return `${rules(light, '')}@media screen and (prefers-color-scheme:dark){${rules(dark, 'dark')}}`
}

/** Moves a colour towards dark or light, by steps, until it can be read on all of these. */
function readable(colour: Oklch, behind: readonly string[], step: number): string {
  let l = Math.min(0.95, Math.max(0.05, colour.l))
  const hex = () => hexOf({ ...colour, l })
  while (l > 0.02 && l < 0.98 && behind.some((each) => contrastOf(hex(), each) < 4.6)) l += step
  return hex()
}

/** A dark of the same hue, white, or black: on any colour one of the last two can be read. */
function inkOn(background: string): string {
  const dark = hexOf({ l: 0.22, c: 0.015, h: oklchOf(background).h })
  return [dark, '#ffffff', '#000000'].find((ink) => contrastOf(ink, background) >= 4.6) ?? '#000000'
}

/** A little further from its words. */
function stronger(accent: string): string {
  const colour = oklchOf(accent)
  return hexOf({ ...colour, l: colour.l + (inkOn(accent) === '#ffffff' ? -0.04 : 0.03), c: colour.c + 0.01 })
}
