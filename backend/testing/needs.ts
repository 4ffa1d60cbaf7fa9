import type { ServiceName } from '../local/service.ts'

/** What a test may need beside itself. */
export type Part = ServiceName | 'nginx' | 'chromium'

const named: Readonly<Record<Part, RegExp>> = {
  postgres: /./,
  redis: /./,
  mongo: /\bMONGO_URL\b|['"]mongo['"]|\.mongo\b/,
  s3: /\bS3_ENDPOINT\b|['"]s3['"]|\.s3\b/,
  nginx: /\bNGINX_PATH\b|\bstartFront\b/,
  chromium: /\bCHROMIUM_PATH\b/,
}

/** What a test file needs: Postgres and Redis always, the others where it names them, a browser end to end. */
export function needsOf(file: string, text: string): Part[] {
  const parts = Object.keys(named) as Part[]
  return parts.filter(
    (part) => named[part].test(text) || (part === 'chromium' && /\.e2e\.test\.tsx?$/.test(file)),
  )
}

// What the first run waits for: a package, a build of a minute, a build of several.
const waits: Readonly<Partial<Record<Part, number>>> = { nginx: 1, chromium: 1, mongo: 2, s3: 4 }

/** Files in the order that waits least: those first whose parts are there at once. */
export function inOrder(files: readonly string[], textOf: (file: string) => string): string[] {
  const wait = (file: string) =>
    needsOf(file, textOf(file)).reduce((sum, part) => sum + (waits[part] ?? 0), 0)
  return files.toSorted((a, b) => wait(a) - wait(b) || a.localeCompare(b))
}
