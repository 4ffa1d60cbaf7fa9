import type { ServiceName } from '../local/services.ts'

/** What a test may need beside itself. */
export type Part = ServiceName | 'chromium'

const named: Readonly<Record<Part, RegExp>> = {
  postgres: /./,
  redis: /./,
  mongo: /\bMONGO_URL\b|['"]mongo['"]|\.mongo\b/,
  s3: /\bS3_ENDPOINT\b|['"]s3['"]|\.s3\b/,
  chromium: /\bCHROMIUM_PATH\b/,
}

/** What a test file needs: Postgres and Redis always, the others where it names them, a browser end to end. */
export function needsOf(file: string, text: string): Part[] {
  const parts = Object.keys(named) as Part[]
  return parts.filter(
    (part) => named[part].test(text) || (part === 'chromium' && /\.e2e\.test\.tsx?$/.test(file)),
  )
}

// Built from source the first time, which takes minutes.
const slow: readonly Part[] = ['mongo', 's3']

/** Files in the order that waits least: those first whose parts are there at once, the browser last. */
export function inOrder(files: readonly string[], textOf: (file: string) => string): string[] {
  const weight = (file: string) => {
    const needs = needsOf(file, textOf(file))
    return slow.filter((part) => needs.includes(part)).length * 2 + (needs.includes('chromium') ? 1 : 0)
  }
  return files.toSorted((a, b) => weight(a) - weight(b) || a.localeCompare(b))
}
