import { afterAll } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromiumFlags } from './browser.ts'

/** A browser of a visitor, which nobody drives: one that is driven draws no page in advance. */
export type UndrivenBrowser = Readonly<{
  /** What it asked for so far, path and query. */
  asked: readonly string[]
  /** Has its script go on, to this address; to `/kept` it tells what the site has kept in it, by `/kept?`. */
  goTo(address: string): void
}>

/**
 * Opens Chromium on a page before `site` with these speculation rules, which waits to be told where to go. All else comes
 * from `site`.
 */
export function openUndriven(site: string, rules: unknown): UndrivenBrowser {
  const asked: string[] = []
  const { promise: next, resolve: goTo } = Promise.withResolvers<string>()
  const start = `<!doctype html><title>Start</title><script type="speculationrules">${JSON.stringify(rules)}</script>
    <script>fetch('/next').then((answer) => answer.text()).then((address) => { location.href = address })</script>`
  const kept = `<!doctype html><title>Kept</title><script>fetch('/kept?' + JSON.stringify(localStorage))</script>`
  const pages: Readonly<Record<string, string>> = { '/start': start, '/kept': kept }
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    // It waits for the test.
    idleTimeout: 0,
    async fetch(request) {
      const { pathname, search } = new URL(request.url)
      if (pathname === '/next') return new Response(await next)
      asked.push(pathname + search)
      if (pages[pathname]) return new Response(pages[pathname], { headers: { 'content-type': 'text/html' } })
      const { method, headers } = request
      const body = await request.arrayBuffer()
      const init = { method, headers, body: method === 'POST' ? body : undefined, decompress: false }
      return fetch(site + pathname + search, init)
    },
  })
  const profile = mkdtempSync(join(tmpdir(), 'landfast-chromium-'))
  const browser = Bun.spawn(
    [
      process.env.CHROMIUM_PATH!,
      ...chromiumFlags,
      `--user-data-dir=${profile}`,
      `http://127.0.0.1:${server.port}/start`,
    ],
    { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' },
  )
  afterAll(async () => {
    browser.kill()
    await browser.exited
    await server.stop(true)
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
  })
  return { asked, goTo }
}
