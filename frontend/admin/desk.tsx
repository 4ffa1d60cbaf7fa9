import { QueryClientProvider } from '@tanstack/react-query'
import {
  createRootRoute,
  createRoute,
  createRouter,
  type ErrorComponentProps,
  Navigate,
  Outlet,
  RouterProvider,
} from '@tanstack/react-router'
import { StrictMode, useEffect } from 'react'
import { Button } from '../ui/desk/button.tsx'
import { Fault } from './faults.tsx'
import { LookProvider, useWords } from './look.tsx'
import { Elsewhere } from './screens/elsewhere.tsx'
import { Invite } from './screens/invite.tsx'
import { mayOpen, screens } from './screens.ts'
import { createQueries, sessionQuery, useSession } from './session.ts'
import { Shell } from './shell.tsx'

const root = createRootRoute({ component: Outlet, notFoundComponent: () => <Navigate to="/" replace /> })
const shell = createRoute({ getParentRoute: () => root, id: 'shell', component: Shell })
const start = createRoute({ getParentRoute: () => shell, path: '/', component: Start })
const invite = createRoute({ getParentRoute: () => root, path: '/invite', component: Invite })
const elsewhere = createRoute({ getParentRoute: () => root, path: '/elsewhere', component: Elsewhere })
const routeTree = root.addChildren([
  invite,
  elsewhere,
  shell.addChildren([
    start,
    ...screens.map(({ path, Screen }) =>
      createRoute({ getParentRoute: () => shell, path, component: Screen }),
    ),
  ]),
])
const router = createRouter({
  routeTree,
  basepath: '/admin',
  defaultErrorComponent: Broken,
  // Whoever points at a screen is about to open it.
  defaultPreload: 'intent',
  // As texts: a phone that begins with a zero is no number.
  parseSearch: (text) => Object.fromEntries(new URLSearchParams(text)),
  stringifySearch: (search) => {
    const text = new URLSearchParams(search as Record<string, string>).toString()
    return text && `?${text}`
  },
})
const queries = createQueries()
// Asked while the screen of the address is still on its way; who comes by a link has no session yet.
if (screens.some(({ path }) => location.pathname.endsWith(path))) void queries.prefetchQuery(sessionQuery)

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}

/** A fault of ours, or a screen that did not come: the rest of the desk stays where it is. */
function Broken({ error }: ErrorComponentProps) {
  const { common } = useWords()
  useEffect(() => {
    addEventListener('online', again)
    return () => removeEventListener('online', again)
  }, [])
  return (
    <div className="grid justify-items-start gap-4">
      <Fault error={error} />
      <Button look="quiet" onClick={again}>
        {common.again}
      </Button>
    </div>
  )
}

const again = () => location.reload()

function Start() {
  const { rights } = useSession()
  const first = screens.find((screen) => mayOpen(screen, rights))
  return <Navigate to={first?.path ?? '/account'} replace />
}

export function Desk() {
  return (
    <StrictMode>
      <LookProvider>
        <QueryClientProvider client={queries}>
          <RouterProvider router={router} />
        </QueryClientProvider>
      </LookProvider>
    </StrictMode>
  )
}
