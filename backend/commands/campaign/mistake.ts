import { relative } from 'node:path'

type Mistake = Readonly<{
  message: string
  position?: Readonly<{ file: string; line: number; column: number }>
}>

/** What keeps the campaign's files from being read, by the first mistake and its place; undefined where it is none of them. */
export function mistakeIn(error: unknown, root: string): string | undefined {
  const [first] = ((error as { errors?: readonly Mistake[] }).errors ?? [error]) as readonly Mistake[]
  if (!first?.position) return undefined
  const { file, line, column } = first.position
  const place = `${relative(root, file)}:${line}:${column}`
  return `The campaign cannot be read: ${place} ${first.message}. An apostrophe in a text is ’, or \\'.`
}
