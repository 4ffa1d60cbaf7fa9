import type { ReactNode } from 'react'
import { type Language, languages, useLook } from '../look.tsx'

/** What stands around the ways in: nothing else to look at, and the other language. */
export function Entrance({
  title,
  about,
  children,
}: Readonly<{ title: string; about?: string; children: ReactNode }>) {
  const { language, setLanguage } = useLook()
  return (
    <main className="mx-auto grid min-h-dvh w-full max-w-md content-center gap-6 px-4 py-10">
      <p className="text-lg font-semibold text-brand">Landfast</p>
      <div className="grid gap-6 rounded-2xl border border-line bg-surface p-6 sm:p-8">
        <div className="grid gap-1">
          <h1 className="text-2xl font-semibold">{title}</h1>
          {about && <p className="text-soft">{about}</p>}
        </div>
        {children}
      </div>
      <p className="flex justify-center gap-4 text-sm">
        {(Object.keys(languages) as Language[]).map((each) => (
          <button
            key={each}
            type="button"
            lang={each}
            aria-pressed={each === language}
            onClick={() => setLanguage(each)}
            className="min-h-8 rounded px-2 text-soft underline-offset-4 hover:underline aria-pressed:font-semibold aria-pressed:text-ink"
          >
            {languages[each].name}
          </button>
        ))}
      </p>
    </main>
  )
}
