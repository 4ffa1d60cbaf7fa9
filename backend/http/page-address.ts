import { isLanguageName } from '../page/manifest.ts'

/**
 * The path of the page that sent a form: where the browser says it was on this host, else that of the language the form
 * names, else `/`. Never an address of another site, whatever was sent.
 */
export function pageAddress(
  sent: Readonly<{ referer: string | null; host: string | null; language?: string }>,
): string {
  if (sent.referer !== null && sent.host !== null && URL.canParse(sent.referer)) {
    const { host, pathname } = new URL(sent.referer)
    if (host === sent.host && (pathname === '/' || isLanguageName(pathname.slice(1)))) return pathname
  }
  return sent.language !== undefined && isLanguageName(sent.language) ? `/${sent.language}` : '/'
}
