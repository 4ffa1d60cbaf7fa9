/** Why nothing can be started: one sentence for a person, with what to do. Ends `start` with exit code 1. */
export class CannotStart extends Error {
  constructor(sentence: string) {
    super(sentence)
    this.name = 'CannotStart'
  }
}

/** The sentence for a failure of the operating system, or the message as it is. */
export function sentenceFor(error: unknown, path: string): string {
  const code = (error as { code?: unknown } | null)?.code
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return `The disk that holds ${path} is full: free some room, then start again.`
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
    return `${path} cannot be written by this user: change its owner, or set DATA_DIR to a folder that can.`
  if (code === 'ENOTDIR' || code === 'EEXIST') return `${path} is not a folder: set DATA_DIR to one.`
  return error instanceof Error ? error.message : String(error)
}
