import type { Notice } from './content.ts'
import { WithCall } from './form/with-call.tsx'
import { TopBar } from './header.tsx'
import { Footer } from './parts.tsx'
import { callOf, noticePathOf, pathOf, type View } from './view.ts'

/** The privacy notice, for those who read it whole. It needs no script. */
export function NoticePage({ view, notice }: Readonly<{ view: View; notice: Notice }>) {
  const { content, language, words } = view
  const call = callOf(view)
  const day = new Date(`${notice.updated}T12:00:00Z`)
  const date = new Intl.DateTimeFormat(content.locale, { dateStyle: 'long', timeZone: 'UTC' }).format(day)
  return (
    <>
      <header className="border-b border-line">
        <TopBar {...view} pathOf={noticePathOf} />
      </header>
      <main className="mx-auto max-w-3xl px-[16px] py-10 sm:px-6">
        <h1 className="text-3xl font-bold tracking-tight md:text-4xl">{notice.title}</h1>
        <p className="mt-2 text-soft">{words.page.updated.replace('{date}', date)}</p>
        <p className="mt-6 text-lg">
          <WithCall text={notice.intro} call={call} />
        </p>
        {notice.sections.map(({ title, text, list }) => (
          <section key={title} className="mt-8">
            <h2 className="text-xl font-semibold">{title}</h2>
            {text && (
              <p className="mt-2 text-soft">
                <WithCall text={text} call={call} />
              </p>
            )}
            {list && (
              <ul className="mt-2 list-disc space-y-1 ps-5 text-soft">
                {list.map((line) => (
                  <li key={line}>
                    <WithCall text={line} call={call} />
                  </li>
                ))}
              </ul>
            )}
          </section>
        ))}
        <p className="mt-10">
          <a href={pathOf(language)} className="font-semibold text-brand underline underline-offset-4">
            {words.brand}
          </a>
        </p>
      </main>
      <Footer {...view} />
    </>
  )
}
