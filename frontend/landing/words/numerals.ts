/** How a language is written, as its tag tells. */
export type Writing = Readonly<{ dir: 'ltr' | 'rtl'; script: string }>

const rightToLeft = ['Adlm', 'Arab', 'Hebr', 'Mand', 'Nkoo', 'Rohg', 'Samr', 'Syrc', 'Thaa']

/** @throws RangeError for what is no language tag. */
export function writingOf(locale: string): Writing {
  const script = new Intl.Locale(locale).maximize().script ?? 'Latn'
  return { dir: rightToLeft.includes(script) ? 'rtl' : 'ltr', script }
}

/** The name of a language in itself, such as `Deutsch`. */
export function nameOfLanguage(language: string): string {
  const name = new Intl.DisplayNames([language], { type: 'language' }).of(language) ?? language
  return name.charAt(0).toLocaleUpperCase(language) + name.slice(1)
}

/** Digits as the language writes them. */
export function inDigitsOf(locale: string, text: string): string {
  const figures = new Intl.NumberFormat(locale, { useGrouping: false })
  return text.replace(/[0-9]/g, (digit) => figures.format(Number(digit)))
}

/**
 * A telephone number amid text: in the figures of the language, on one line, and in one piece where text runs right to
 * left.
 */
export function numeralIn(locale: string, phone: string): string {
  const figures = inDigitsOf(locale, phone).replaceAll(' ', '\u00a0')
  return writingOf(locale).dir === 'rtl' ? `\u2066${figures}\u2069` : figures
}
