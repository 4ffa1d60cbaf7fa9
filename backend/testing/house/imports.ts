import { posix } from 'node:path'

/** One import as written in a file. `target` is a path in the repository, or the name of a package. */
export type Import = Readonly<{ file: string; target: string; typeOnly: boolean }>

/** The target of an import whose name is computed: nobody can say what it reaches. */
export const computed = '(computed)'

/** Every import of a source file: static, re-exported, for its effect, dynamic, of types, and `require`. */
export function importsOf(file: string, source: string): Import[] {
  const code = withoutComments(source)
  const found: Import[] = []
  const add = (specifier: string | undefined, typeOnly: boolean) => {
    found.push({ file, target: specifier === undefined ? computed : targetOf(file, specifier), typeOnly })
  }
  for (const [, type, whole, names, , specifier] of code.matchAll(withNames))
    add(specifier, Boolean(type) || (!whole && names !== undefined && onlyTypes(names)))
  for (const [, , specifier] of code.matchAll(forEffect)) add(specifier, false)
  for (const [, , specifier] of code.matchAll(called)) add(specifier, false)
  for (const [, , specifier] of code.matchAll(resolved)) add(specifier, false)
  return found
}

// Statements begin a line, as the formatter has it; source inside a text seldom does.
const withNames =
  /^[ \t]*(?:import|export)\s+(type\s+(?!from\b))?([\w$]+\s*,?\s*)?(?:\*(?:\s+as\s+[\w$]+)?|\{([^}]*)\})?\s*from\s*(['"])([^'"\n]+)\4/gm
const forEffect = /^[ \t]*import\s*(['"])([^'"\n]+)\1/gm
const called = /\b(?:import|require|import\.meta\.require)\s*\(\s*(?:(['"`])([^'"`\n$]+)\1\s*[,)])?/g
// Resolving a computed name loads nothing, so only a named one counts.
const resolved = /\b(?:require|import\.meta)\.resolve\s*\(\s*(['"`])([^'"`\n$]+)\1/g

function onlyTypes(names: string): boolean {
  const each = names.split(',').map((name) => name.trim())
  return each.some(Boolean) && each.every((name) => name === '' || name.startsWith('type '))
}

function targetOf(file: string, specifier: string): string {
  if (specifier.startsWith('.')) return posix.join(posix.dirname(file), specifier.replace(/\?.*$/, ''))
  if (specifier.startsWith('node:') || specifier.startsWith('bun:')) return specifier
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

/** The source with its comments blanked. Texts are kept, so that a URL in quotes does not end its line. */
export function withoutComments(source: string): string {
  return source.replace(
    /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\[\s\S]|[^`\\])*`/g,
    (piece) => (piece.startsWith('/') ? ' ' : piece),
  )
}
