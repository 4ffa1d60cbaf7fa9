import type { PagePhonePlan } from '../../leads/phone-plan.ts'
import type { PageChoice } from '../../page/choose.ts'

/** Fills a built page in: with the address of this site, the notice, and what its scripts need to know of it. */
export function composePage(
  template: string,
  page: Pick<PageChoice, 'language' | 'variants' | 'word' | 'shownWord' | 'flags'> &
    Readonly<{
      isPreview: boolean
      /** Nobody looks at it yet; should somebody, it says so. */
      isAhead: boolean
      publicUrl: string
      phonePlan: PagePhonePlan | null
      /** The page shows a film, and it is not there. */
      lacksFilm: boolean
    }>,
): string {
  const { language, variants, shownWord: word, flags, publicUrl, phonePlan: phone } = page
  const ahead = page.isAhead ? page.word : undefined
  const config = { language, variants, word, flags, preview: page.isPreview, phone, ahead }
  const notice = typeof flags.notice === 'string' ? flags.notice : ''
  const values: Readonly<Record<string, string>> = {
    public_url: publicUrl,
    notice: escapeHtml(notice),
    notice_hidden: notice === '' ? 'hidden' : '',
    film_hidden: flags.film === false ? 'hidden' : '',
    film_absent: page.lacksFilm ? 'data-absent' : '',
    // So that nothing in it can end the script element it stands in.
    config: JSON.stringify(config).replaceAll('<', '\\u003c'),
  }
  return template.replace(
    /%(public_url|notice_hidden|notice|film_hidden|film_absent|config)%/g,
    (_, name: string) => values[name]!,
  )
}

/** Fills in a file that only needs to know where the site is, such as a sitemap. */
export function withPublicUrl(text: string, publicUrl: string): string {
  return text.replaceAll('%public_url%', () => publicUrl)
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
