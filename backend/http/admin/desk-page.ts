import { Elysia } from 'elysia'
import { nothingHere } from '../known-problem.ts'
import type { BuiltPages } from '../page/built-page.ts'
import type { Peer } from '../request/client-ip.ts'
import { onlyReads, readsOnly } from '../request/reads-only.ts'
import { pathOf } from '../request/target.ts'

/**
 * The desk, which draws itself: its files below `/admin/assets`, and at every other address below `/admin` the one document
 * that asks the API who is there.
 */
export function deskPageRoutes({ built }: Readonly<{ built: BuiltPages }>) {
  // Async by name, or Elysia does not catch what it throws.
  const answer = async ({ request }: Readonly<{ request: Request; server: Peer }>) => {
    const { files } = await built.current()
    const path = pathOf(request.url).slice(1)
    const found = files.get(path.startsWith('admin/assets/') ? path : 'admin/index.html')
    if (!found) throw nothingHere()
    onlyReads(request)
    return found.respond(request)
  }
  return new Elysia()
    .head('/admin', answer, { detail: { hide: true } })
    .all('/admin', answer, readsOnly)
    .all('/admin/*', answer, readsOnly)
}
