import { useMutation, useQuery } from '@tanstack/react-query'
import { Link, Outlet, useLocation } from '@tanstack/react-router'
import { Ellipsis, LogOut } from 'lucide-react'
import { Suspense, useEffect, useState } from 'react'
import { Button } from '../ui/desk/button.tsx'
import { Dialog } from '../ui/desk/dialog.tsx'
import { ask } from './api.ts'
import { ConfirmProvider } from './confirm.tsx'
import { Fault } from './faults.tsx'
import { useWords } from './look.tsx'
import { SignIn } from './screens/sign-in.tsx'
import { mayOpen, screens } from './screens.ts'
import { sessionQuery, useEnter, useSession } from './session.ts'

/** What stands around every screen of whoever is signed in; anybody else is shown the way in. */
export function Shell() {
  const words = useWords()
  const session = useQuery(sessionQuery)
  if (session.data === null) return <SignIn />
  if (!session.data)
    return (
      <main className="grid min-h-dvh place-content-center gap-4 p-6">
        {session.error ? (
          <>
            <Fault error={session.error} />
            <Button look="quiet" onClick={() => void session.refetch()}>
              {words.common.again}
            </Button>
          </>
        ) : (
          <p className="text-soft">{words.common.loading}</p>
        )}
      </main>
    )
  return (
    <ConfirmProvider>
      <a
        href="#screen"
        className="sr-only focus:not-sr-only focus:fixed focus:start-4 focus:top-4 focus:z-20 focus:rounded-lg focus:bg-surface focus:px-4 focus:py-2"
      >
        {words.skip}
      </a>
      <div className="min-h-dvh md:grid md:grid-cols-[14rem_minmax(0,1fr)] print:block">
        <Side />
        <main
          id="screen"
          tabIndex={-1}
          className="mx-auto w-full max-w-6xl *:grid-cols-1 px-4 py-6 pb-24 outline-none md:px-8 md:pb-10"
        >
          <Suspense fallback={<p className="text-soft">{words.common.loading}</p>}>
            <Outlet />
          </Suspense>
        </main>
      </div>
    </ConfirmProvider>
  )
}

// When the first screen is there, also on a slow phone.
const aheadAfterMs = 2_000

/** Fetches the other screens while nobody waits, so that the one chosen next has only its figures to ask for. */
function useScreensAhead(rights: readonly string[]): void {
  useEffect(() => {
    const timer = setTimeout(() => {
      for (const screen of screens)
        if (mayOpen(screen, rights) && 'preload' in screen.Screen) screen.Screen.preload?.()?.catch(() => {})
    }, aheadAfterMs)
    return () => clearTimeout(timer)
  }, [rights])
}

// So many stand beside each other below a phone's screen; the rest is behind one more.
const belowMax = 4

function Navigation() {
  const words = useWords()
  const { rights } = useSession()
  const { pathname } = useLocation()
  const [isOpen, setOpen] = useState(false)
  useScreensAhead(rights)
  const own = screens.filter((screen) => mayOpen(screen, rights))
  const others = own.length > belowMax + 1 ? own.slice(belowMax) : []
  const isAmongOthers = others.some(({ path }) => pathname.startsWith(path))
  return (
    <nav
      aria-label={words.nav.main}
      className="fixed inset-x-0 bottom-0 z-10 flex border-t border-line bg-surface md:static md:grid md:gap-1 md:border-0 md:px-3"
    >
      {own.map(({ path, name, Icon }) => (
        <Link
          key={path}
          to={path}
          className={`${place} md:min-h-10 md:flex-row md:justify-start md:gap-3 md:rounded-lg md:px-2 md:text-[0.9375rem] md:hover:bg-sunk md:aria-[current=page]:bg-brand-tint ${others.some((other) => other.path === path) ? 'max-md:hidden' : ''}`}
        >
          <Icon size={18} aria-hidden="true" />
          {words.nav[name]}
        </Link>
      ))}
      {others.length > 0 && (
        <button
          type="button"
          aria-haspopup="dialog"
          onClick={() => setOpen(true)}
          className={`${place} md:hidden ${isAmongOthers ? 'font-medium text-brand' : ''}`}
        >
          <Ellipsis size={18} aria-hidden="true" />
          {words.nav.others}
        </button>
      )}
      {isOpen && (
        <Dialog title={words.nav.others} onClose={() => setOpen(false)}>
          <div className="grid gap-1">
            {others.map(({ path, name, Icon }) => (
              <Link
                key={path}
                to={path}
                onClick={() => setOpen(false)}
                className="flex min-h-12 items-center gap-3 rounded-lg px-3 hover:bg-sunk aria-[current=page]:bg-brand-tint aria-[current=page]:text-brand"
              >
                <Icon size={20} aria-hidden="true" />
                {words.nav[name]}
              </Link>
            ))}
          </div>
        </Dialog>
      )}
    </nav>
  )
}

const place =
  'flex min-h-14 min-w-0 flex-1 flex-col items-center justify-center gap-0.5 px-1 text-center text-xs text-soft aria-[current=page]:font-medium aria-[current=page]:text-brand'

/** At the side of a desktop; on a phone the name above and the screens below, where a thumb is. */
function Side() {
  const words = useWords()
  const { operator } = useSession()
  const enter = useEnter()
  const signOut = useMutation({
    mutationFn: () => ask('DELETE', '/session'),
    onSuccess: () => enter(null),
  })
  return (
    <header className="not-printed contents md:sticky md:top-0 md:flex md:h-dvh md:flex-col md:border-e md:border-line md:bg-surface md:py-5">
      <div className="flex items-center justify-between gap-4 border-b border-line bg-surface px-4 py-2 md:border-0 md:px-5 md:pb-5">
        <p className="font-semibold text-brand">Landfast</p>
        <div className="flex items-center gap-2 md:hidden">
          <span className="max-w-40 truncate text-sm text-soft">{operator.name}</span>
          <Button look="bare" className="px-2" aria-label={words.signIn.out} onClick={() => signOut.mutate()}>
            <LogOut size={18} aria-hidden="true" className="rtl:-scale-x-100" />
          </Button>
        </div>
      </div>
      <Navigation />
      <div className="hidden grow md:block" />
      <div className="hidden gap-2 border-t border-line px-5 pt-4 md:grid">
        <div>
          <p className="truncate font-medium">{operator.name}</p>
          <p className="text-sm text-soft">{words.roles[operator.role]}</p>
        </div>
        <Button look="quiet" busy={signOut.isPending} onClick={() => signOut.mutate()}>
          <LogOut size={16} aria-hidden="true" className="rtl:-scale-x-100" />
          {words.signIn.out}
        </Button>
      </div>
    </header>
  )
}
