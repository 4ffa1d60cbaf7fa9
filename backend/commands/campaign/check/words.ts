import type { Campaign } from '../../../../frontend/landing/campaign.ts'
import { inDigitsOf, writingOf } from '../../../../frontend/landing/words/numerals.ts'
import { missingWords } from '../../../../frontend/landing/words/words-of.ts'
import type { Finding } from './finding.ts'
import { type Text, textsOf } from './texts.ts'

const titleLengthMax = 65
const descriptionLengthMax = 165

const placeholderDomain = /[\w.-]+\.(?:example|test|invalid)\b|\bexample\.(?:com|org|net)\b/i
const leftover = /\[\[|\]\]|lorem|ipsum|\bto-?do\b|\btbd\b|\bxxx+\b|\bundefined\b/i
// Keyboards of one of the two write these, and readers of the other see at once that they are foreign.
const foreignLetters: Readonly<Record<string, RegExp>> = {
  fa: /[\u064a\u0643\u0649]/,
  ar: /[\u06cc\u06a9\u067e\u0686\u0698\u06af]/,
}

/** What is missing, left over or of another language in the words of a campaign. */
export function wordFindings(campaign: Campaign): Finding[] {
  const texts = textsOf(campaign)
  return [
    ...Object.keys(campaign.languages).flatMap((language) =>
      missingWords(campaign, language).map((path) => ({
        level: 'must' as const,
        where: `${language} ${path}`,
        what: 'Landfast brings no words along for this language: write these, too.',
      })),
    ),
    ...texts.flatMap((text) => findingsOf(text, campaign)),
    ...tooLong(campaign),
    ...untranslated(texts),
  ]
}

function findingsOf({ language, path, text }: Text, campaign: Campaign): Finding[] {
  const { locale } = campaign.languages[language]!
  const where = `${language} ${path}`
  const found: Finding[] = []
  const must = (what: string) => found.push({ level: 'must', where, what })
  const look = (what: string) => found.push({ level: 'look', where, what })

  if (text.trim() === '') must('These words are empty: write them, or leave out their line.')
  if (leftover.test(text)) {
    must('Still to be written: nothing may be left in [[ ]], nor any lorem ipsum.')
    return found
  }
  if (placeholderDomain.test(text))
    must('A domain that does not exist, such as firm.example: write your own.')
  if (/^(?:https?:)?\/\//.test(text)) look('An address stands where words are read.')
  const foreign =
    foreignScript(text, locale) ?? (foreignLetters[language]?.test(text) ? 'another language' : '')
  if (foreign) must(`Letters of ${foreign} in ${language}.`)
  if (isLatinIn(text, locale, campaign)) must(`Not in the letters of ${language}: translate it.`)
  if (/[0-9]/.test(text) && inDigitsOf(locale, '1') !== '1' && !/[a-z@]/i.test(text))
    look(`Figures that are not those of ${language}: ${inDigitsOf(locale, '0123456789')}.`)
  return found
}

/** Letters of a script that the language does not use; Latin ones are in every language, for names. */
function foreignScript(text: string, locale: string): string | undefined {
  const { script } = writingOf(locale)
  const known: Readonly<Record<string, RegExp>> = {
    Arab: /\p{Script=Arabic}/u,
    Cyrl: /\p{Script=Cyrillic}/u,
    Grek: /\p{Script=Greek}/u,
    Hebr: /\p{Script=Hebrew}/u,
    Deva: /\p{Script=Devanagari}/u,
    Beng: /\p{Script=Bengali}/u,
    Thai: /\p{Script=Thai}/u,
    Hang: /\p{Script=Hangul}/u,
  }
  const other = Object.entries(known).find(([name, letters]) => name !== script && letters.test(text))
  return other && `the script ${other[0]}`
}

/** A sentence in Latin letters where the language has others; names and addresses may stand so. */
function isLatinIn(text: string, locale: string, { firm }: Campaign): boolean {
  if (writingOf(locale).script === 'Latn') return false
  const words = text.replaceAll(firm.name, '').match(/(?<![\w@.])\p{Script=Latin}+(?![\w@]|\.\w)/gu) ?? []
  return words.length >= 3 && !/[^\p{Script=Latin}\p{N}\p{P}\p{S}\p{Z}]/u.test(text)
}

function tooLong({ languages }: Campaign): Finding[] {
  return Object.entries(languages).flatMap(([language, { title, description }]) => [
    ...(title.length > titleLengthMax
      ? [
          {
            level: 'look' as const,
            where: `${language} title`,
            what: `Search engines cut a title at some ${titleLengthMax} characters.`,
          },
        ]
      : []),
    ...(description.length > descriptionLengthMax
      ? [
          {
            level: 'look' as const,
            where: `${language} description`,
            what: `Search engines cut a description at some ${descriptionLengthMax} characters.`,
          },
        ]
      : []),
  ])
}

/** Sentences that two languages share word for word. */
function untranslated(texts: readonly Text[]): Finding[] {
  const seen = new Map<string, string>()
  const found: Finding[] = []
  for (const { language, path, text } of texts) {
    // An address is written in one way.
    if (path.startsWith('footer.lines.')) continue
    const first = seen.get(`${path} ${text}`)
    if (first === undefined) seen.set(`${path} ${text}`, language)
    else if (first !== language && !leftover.test(text) && (text.match(/\p{L}+/gu)?.length ?? 0) >= 4)
      found.push({
        level: 'must',
        where: `${language} ${path}`,
        what: `The same as in ${first}: translate it.`,
      })
  }
  return found
}
