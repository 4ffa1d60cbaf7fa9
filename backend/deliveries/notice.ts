/** What operators are told of an endpoint by another one. */
export type Notice = Readonly<{
  endpoint: string
  /** `null`: it is well again. */
  trouble: 'parked' | 'late' | null
  because: string | null
}>

/** A lead that an endpoint was not told of for so long is worth a notice; the alert waits as long. */
export const lateAfterS = 300

/** In words, with what to do. */
export function noticeText({ endpoint, trouble, because }: Notice): string {
  if (trouble === null) return `${endpoint} is well again: nothing waits there for long.`
  const why = because === null ? '' : ` Why: ${because}.`
  if (trouble === 'parked')
    return `${endpoint} is parked: nothing is sent there, and leads wait.${why} Mend it, then \`bun run deliveries recover ${endpoint}\`.`
  return `${endpoint} has leads that wait for more than ${lateAfterS / 60} minutes.${why} They are sent when it answers again; \`bun run deliveries list\` shows more.`
}
