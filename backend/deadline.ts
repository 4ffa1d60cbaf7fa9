/** Something was not done in time. Who does not answer may be gone without having said so. */
export class TooLate extends Error {
  constructor(what: string, deadlineMs: number) {
    super(`${what} took longer than ${deadlineMs} ms`)
    this.name = 'TooLate'
  }
}

/** Rejects with TooLate when the work takes longer. The work itself goes on: a write that is late still lands. */
export function withDeadline<T>(work: Promise<T>, deadlineMs: number, what: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new TooLate(what, deadlineMs)), deadlineMs)
    work.then(
      (value) => {
        clearTimeout(timer)
        resolve(value)
      },
      (error) => {
        clearTimeout(timer)
        reject(error)
      },
    )
  })
}
