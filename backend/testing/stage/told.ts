import { until } from './faults.ts'

/** What the desk leaves out where it took too long, asked for again: on a busy machine anything may. */
export async function told<Answer>(ask: () => Promise<Answer | undefined>): Promise<Answer> {
  let answer: Answer | undefined
  await until('it took no longer than it may', async () => {
    answer = await ask()
    return answer !== undefined
  })
  return answer!
}
