import { createHash } from 'node:crypto'
import type { EraseAnswer } from '../../desk/erase-request.ts'
import { negotiateLanguage } from '../../page/language.ts'

const words = {
  en: {
    dir: 'ltr',
    title: 'Delete my data',
    about:
      'Give the phone number that you left here. Somebody looks at each request, may ring you to be sure that it is yours, and deletes all that was kept of it within a month.',
    phone: 'Phone number',
    button: 'Ask for it',
    other: 'فارسی',
    asked: 'Your request has come. If something of this number is kept, it is deleted within a month.',
    fault: 'This does not look like a phone number. Write it whole, with the code of the country if you can.',
    later: 'There are too many requests now. Please try again in an hour.',
  },
  fa: {
    dir: 'rtl',
    title: 'حذف اطلاعات من',
    about:
      'شماره‌ای را که این‌جا گذاشته‌اید بنویسید. هر درخواست را کسی می‌بیند، شاید برای اطمینان با شما تماس بگیرد، و هر چه از آن نگه داشته شده در یک ماه پاک می‌شود.',
    phone: 'شمارهٔ تلفن',
    button: 'درخواست حذف',
    other: 'English',
    asked: 'درخواست شما رسید. اگر چیزی از این شماره نگه داشته شده باشد، در یک ماه پاک می‌شود.',
    fault: 'این به شمارهٔ تلفن نمی‌ماند. آن را کامل، و اگر می‌توانید با کد کشور بنویسید.',
    later: 'اکنون درخواست‌ها زیاد است. لطفاً یک ساعت دیگر دوباره بفرستید.',
  },
} as const
type FormLanguage = keyof typeof words
const languages = Object.keys(words) as readonly FormLanguage[]

export const isFormLanguage = (text: unknown): text is FormLanguage =>
  languages.includes(text as FormLanguage)

type Shown = Readonly<{
  action: string
  page: string
  came: EraseAnswer | undefined
  language: string | undefined
  accepts: string | null
}>

const style = `
:root{color-scheme:light dark;font:100%/1.6 system-ui,sans-serif}
body{margin:0;padding:2rem 1.25rem;background:light-dark(#f7f7f5,#161616);color:light-dark(#1d1d1b,#ececea)}
main{max-width:32rem;margin:0 auto;display:grid;gap:1rem}
h1{font-size:1.4rem;margin:0}p{margin:0}
form{display:grid;gap:.5rem}
input{font:inherit;padding:.6rem .8rem;border:1px solid light-dark(#777,#999);border-radius:.5rem;background:light-dark(#fff,#222);color:inherit}
button{font:inherit;font-weight:600;margin-top:.5rem;padding:.7rem 1rem;border:0;border-radius:.5rem;background:#1d4ed8;color:#fff}
.told{padding:.8rem 1rem;border-radius:.5rem;background:light-dark(#e6efe6,#1e2f1e)}
.fault{background:light-dark(#f9e4e2,#3b1d1b)}
a{color:light-dark(#1d4ed8,#93b4ff)}`

const headers: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
  'referrer-policy': 'same-origin',
  'x-frame-options': 'DENY',
  'x-content-type-options': 'nosniff',
  'x-robots-tag': 'noindex, nofollow',
  'cache-control': 'no-store',
  vary: 'Accept-Language',
}

/** The form, and what became of what was sent by it. Nothing that somebody typed stands in it. */
export function eraseFormPage({ action, page, came, language: asked, accepts }: Shown): Response {
  const found = isFormLanguage(asked) ? asked : negotiateLanguage(accepts, languages)
  const language = isFormLanguage(found) ? found : 'en'
  const other = language === 'en' ? 'fa' : 'en'
  const said = words[language]
  const told =
    came === 'asked'
      ? `<p class="told" role="status">${said.asked}</p>`
      : came
        ? `<p class="told fault" role="alert" id="fault">${came === 'phone' ? said.fault : said.later}</p>`
        : ''
  const form = `<form method="post" action="${action}">
<input type="hidden" name="lang" value="${language}">
<label for="phone">${said.phone}</label>
<input id="phone" name="phone" type="tel" dir="ltr" autocomplete="tel" maxlength="64" required${came === 'phone' ? ' aria-invalid="true" aria-describedby="fault"' : ''}>
<button>${said.button}</button>
</form>`
  const html = `<!doctype html>
<html lang="${language}" dir="${said.dir}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex, nofollow">
<title>${said.title}</title>
<style>${style}</style>
</head>
<body><main>
<h1>${said.title}</h1>
${told}
${came === 'asked' ? '' : `<p>${said.about}</p>\n${form}`}
<p><a href="${page}?lang=${other}" lang="${other}" hreflang="${other}">${said.other}</a></p>
</main></body>
</html>
`
  return new Response(html, { headers })
}
