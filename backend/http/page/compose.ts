import type { PagePhonePlan } from '../../leads/phone-plan.ts'
import type { PageChoice } from '../../page/choose.ts'
import type { FormFill } from '../../page/manifest.ts'

/** A form that was posted without the script and refused: why, from which page, and what was typed. */
export type PostedPage = Readonly<{
  code: string
  /** Path and query of the page, as far as they matter. It goes along when the form is posted again, from here. */
  page: string
  phone: string
  hasConsent: boolean
}>

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
      /** What stands in the form's places. */
      form?: FormFill
      posted?: PostedPage
    }>,
): string {
  const { language, variants, shownWord: word, flags, publicUrl, phonePlan: phone } = page
  const ahead = page.isAhead ? page.word : undefined
  const { posted, form = {} } = page
  const told = posted && { code: posted.code, page: posted.page }
  const view = { language, variants, word, flags, preview: page.isPreview, phone, ahead, posted: told }
  const notice = typeof flags.notice === 'string' ? flags.notice : ''
  const values: Readonly<Record<string, string>> = {
    ...form,
    ...(posted && { phone_field: `${form.phone_field} value="${escapeHtml(posted.phone)}"` }),
    consent_field: posted?.hasConsent ? 'checked' : '',
    form_fields: posted ? `<input type="hidden" name="page" value="${escapeHtml(posted.page)}"/>` : '',
    public_url: publicUrl,
    notice: escapeHtml(notice),
    notice_hidden: notice === '' ? 'hidden' : '',
    film_hidden: flags.film === false ? 'hidden' : '',
    film_absent: page.lacksFilm ? 'data-absent' : '',
    // So that nothing in it can end the script element it stands in.
    config: JSON.stringify(view).replaceAll('<', '\\u003c'),
  }
  return template.replace(/%(\w+)%/g, (as, name: string) =>
    Object.hasOwn(values, name) ? values[name]! : as,
  )
}

/** Fills in a file that only needs to know where the site is, such as a sitemap. */
export function withPublicUrl(text: string, publicUrl: string): string {
  return text.replaceAll('%public_url%', () => publicUrl)
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
