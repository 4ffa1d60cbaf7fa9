import type { AnswerBook } from '../desk/today.ts'

export type AnswerBookOptions = Readonly<{
  book: AnswerBook
  /** All that this process has answered since it began. */
  answered(): ReadonlyMap<string, number>
  /** Whom it refused since that was taken the last time. */
  refused: Readonly<{
    taken(): ReadonlyMap<string, number>
    giveBack(refused: ReadonlyMap<string, number>): void
  }>
}>

const everyMs = 10_000

/**
 * Writes down every few seconds what this process has answered since the last time, for the desk: nothing of it is done while
 * anybody waits for an answer. Answers that could not be written down are with the next time.
 */
export function keepAnswerBook({ book, answered, refused }: AnswerBookOptions) {
  let told: ReadonlyMap<string, number> = new Map()
  let writing: Promise<void> | undefined

  async function tell(): Promise<void> {
    const all = answered()
    const answers = new Map(
      [...all]
        .map(([what, count]) => [what, count - (told.get(what) ?? 0)] as const)
        .filter(([, more]) => more > 0),
    )
    const ofNow = refused.taken()
    if (answers.size + ofNow.size === 0) return
    try {
      await book.add({ answers, refused: ofNow })
    } catch (error) {
      refused.giveBack(ofNow)
      throw error
    }
    told = all
  }
  const tellOnce = () => {
    writing ??= tell()
      .catch(() => {})
      .finally(() => {
        writing = undefined
      })
    return writing
  }

  let timer: ReturnType<typeof setInterval> | undefined
  return {
    start(): void {
      timer = setInterval(tellOnce, everyMs)
      timer.unref()
    },
    async stop(): Promise<void> {
      clearInterval(timer)
      await tellOnce()
    },
  }
}
