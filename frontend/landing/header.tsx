import Globe from 'lucide-react/icons/globe'
import Phone from 'lucide-react/icons/phone'
import { filledByTheApi } from './prerender/placeholders.ts'
import { pathOf, type View } from './view.ts'
import { nameOfLanguage } from './words/numerals.ts'

export function Header(view: View) {
  return (
    <header>
      <p
        {...filledByTheApi('notice_hidden')}
        dir="auto"
        className="bg-notice-tint px-[16px] py-2.5 text-center text-notice sm:px-6"
      >
        %notice%
      </p>
      <TopBar {...view} />
    </header>
  )
}

/** `pathOf` says where the same is in another language. */
type TopBarProps = View & Readonly<{ pathOf?: (language: string) => string }>

export function TopBar({ pathOf: pathTo = pathOf, ...view }: TopBarProps) {
  const { campaign, words } = view
  return (
    <div className="mx-auto flex max-w-6xl flex-wrap items-center gap-x-3 px-[16px] py-2 sm:gap-x-5 sm:px-6 sm:py-3 lg:py-6">
      <p className="flex min-w-[min(9rem,100%)] flex-1 items-center gap-2 font-bold tracking-tight">
        <Brand {...view} />
      </p>
      <a
        href={`tel:${campaign.firm.phone.dialled}`}
        className="inline-flex min-h-11 min-w-11 items-center justify-end gap-2 font-semibold"
      >
        <Phone aria-hidden size={20} className="text-brand" />
        <span className="sr-only">{words.page.callUs}</span>
        <span dir="ltr" className="whitespace-nowrap max-sm:sr-only">
          {words.phone}
        </span>
      </a>
      <LanguageSwitch {...view} pathOf={pathTo} />
    </div>
  )
}

function Brand({ campaign, words }: View) {
  const { logo } = campaign.firm
  if (logo)
    return (
      <img
        src={logo.bundled}
        alt={logo.alt}
        width={logo.width}
        height={logo.height}
        className="h-9 w-auto max-w-full"
      />
    )
  return (
    <>
      <img src="/icon.svg" alt="" width={36} height={36} className="size-9 shrink-0" />
      <span className={words.brand.length > 24 ? 'text-sm leading-tight sm:text-base' : 'sm:text-lg'}>
        {words.brand}
      </span>
    </>
  )
}

/** The languages of the page beside this one. */
export const othersThan = ({ campaign, language }: View) =>
  Object.keys(campaign.languages).filter((other) => other !== language)

/** On a phone more than one name would take a line of its own: there they open at a tap. */
function LanguageSwitch({ pathOf, ...view }: View & Readonly<{ pathOf: (language: string) => string }>) {
  const others = othersThan(view)
  const { languages } = view.words.page
  const links = others.map((other) => (
    <a
      key={other}
      href={pathOf(other)}
      hrefLang={other}
      lang={other}
      className="inline-flex min-h-11 min-w-11 items-center justify-center underline-offset-4 hover:underline"
    >
      {nameOfLanguage(other)}
    </a>
  ))
  const look = 'ms-auto flex-wrap gap-x-4 text-sm font-semibold sm:text-base print:hidden'
  if (others.length === 0) return null
  if (others.length === 1)
    return (
      <nav aria-label={languages} className={`flex ${look}`}>
        {links}
      </nav>
    )
  return (
    <>
      <details className="relative ms-auto sm:hidden print:hidden">
        <summary className="flex size-11 cursor-pointer list-none items-center justify-end [&::-webkit-details-marker]:hidden">
          <Globe aria-hidden size={20} className="text-brand" />
          <span className="sr-only">{languages}</span>
        </summary>
        <nav
          aria-label={languages}
          className="absolute end-0 z-10 grid rounded-xl border border-line bg-surface px-5 py-2 font-semibold shadow-card"
        >
          {links}
        </nav>
      </details>
      <nav aria-label={languages} className={`hidden sm:flex ${look}`}>
        {links}
      </nav>
    </>
  )
}
