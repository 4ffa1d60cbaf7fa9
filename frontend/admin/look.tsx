import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react'
import { en } from './words/en.ts'
import { fa } from './words/fa.ts'
import type { Words } from './words/words.ts'

export const languages = { en: { words: en, name: 'English' }, fa: { words: fa, name: 'فارسی' } } as const
export type Language = keyof typeof languages
export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

export type Look = Readonly<{
  language: Language
  theme: Theme
  words: Words
  setLanguage(language: Language): void
  setTheme(theme: Theme): void
  /** A moment as this reader writes it, and a number. */
  moment(iso: string): string
  number(value: number): string
  day(iso: string): string
  hour(iso: string): string
  /** An hour of the day: 8 is 08:00. */
  clockHour(hour: number): string
  /** The same in a zone that is not this browser's. */
  inZone(timeZone: string): Readonly<Record<'hour' | 'day' | 'shortDay', (iso: string) => string>>
  /** More or less, with its sign: +12%. */
  change(value: number): string
  /** Of a whole: 0.25 is 25%. */
  share(value: number): string
  /** A time in the largest unit that it fills: 3 min. */
  lasting(seconds: number): string
}>

const Current = createContext<Look | undefined>(undefined)
const kept = { language: 'desk.language', theme: 'desk.theme' }
const locales = { en: 'en-GB', fa: 'fa-IR-u-ca-persian' } as const

export function useLook(): Look {
  return useContext(Current)!
}
export const useWords = () => useLook().words
/** What a screen says that is loaded when it is opened. */
export const useWordsFrom = <Said,>(all: Readonly<Record<Language, Said>>): Said => all[useLook().language]

/** Language and colours, which each browser keeps for itself. */
export function LookProvider({ children }: Readonly<{ children: ReactNode }>) {
  const [language, setLanguage] = useState<Language>(firstLanguage)
  const [theme, setTheme] = useState<Theme>(() => oneOf(themes, read(kept.theme)) ?? 'system')
  useEffect(() => {
    const root = document.documentElement
    root.lang = language
    root.dir = language === 'fa' ? 'rtl' : 'ltr'
    if (theme === 'system') delete root.dataset.look
    else root.dataset.look = theme
    keep(kept.language, language)
    keep(kept.theme, theme)
  }, [language, theme])
  const look = useMemo(() => {
    const locale = locales[language]
    const moments = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' })
    const days = new Intl.DateTimeFormat(locale, { dateStyle: 'medium' })
    const shares = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 2 })
    const hours = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
    const changes = new Intl.NumberFormat(locale, {
      ...{ style: 'percent', maximumFractionDigits: 0, signDisplay: 'exceptZero' },
    } as const)
    const numbers = new Intl.NumberFormat(locale)
    return {
      ...{ language, theme, setLanguage, setTheme, words: languages[language].words },
      moment: (iso: string) => moments.format(new Date(iso)),
      number: (value: number) => numbers.format(value),
      hour: (iso: string) => hours.format(new Date(iso)),
      clockHour: (hour: number) => hours.format(new Date(2026, 0, 1, hour)),
      change: (value: number) => changes.format(value),
      day: (iso: string) => days.format(new Date(iso)),
      share: (value: number) => shares.format(value),
      lasting: (seconds: number) => lasting(locale, seconds),
      inZone(timeZone: string) {
        const as = (parts: Intl.DateTimeFormatOptions) => {
          const format = new Intl.DateTimeFormat(locale, { ...parts, timeZone })
          return (iso: string) => format.format(new Date(iso))
        }
        return {
          hour: as({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }),
          day: as({ dateStyle: 'medium' }),
          shortDay: as({ day: 'numeric', month: 'short' }),
        }
      },
    }
  }, [language, theme])
  return <Current.Provider value={look}>{children}</Current.Provider>
}

const units = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const

function lasting(locale: string, seconds: number): string {
  const [unit, each] = units.find(([, length]) => seconds >= length) ?? units.at(-1)!
  return new Intl.NumberFormat(locale, { style: 'unit', unit, maximumFractionDigits: 0 }).format(
    seconds / each,
  )
}

function firstLanguage(): Language {
  const names = Object.keys(languages) as Language[]
  return oneOf(names, read(kept.language)) ?? oneOf(names, navigator.language.slice(0, 2)) ?? 'en'
}

const oneOf = <T extends string>(choices: readonly T[], value: string | null) =>
  choices.find((choice) => choice === value)

// A browser that keeps nothing still works.
function read(name: string): string | null {
  try {
    return localStorage.getItem(name)
  } catch {
    return null
  }
}
function keep(name: string, value: string): void {
  try {
    localStorage.setItem(name, value)
  } catch {}
}
