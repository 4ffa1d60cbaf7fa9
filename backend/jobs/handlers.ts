export type Handlers = Readonly<Record<string, () => Promise<void>>>

/**
 * Looks a job's handler up by its name.
 * @throws Error at boot when a planned job has no handler, or a handler is never planned.
 */
export function checkComplete(
  planned: readonly string[],
  handlers: Handlers,
): (name: string) => Promise<void> {
  const missing = planned.filter((name) => !handlers[name])
  const idle = Object.keys(handlers).filter((name) => !planned.includes(name))
  if (missing.length > 0) throw new Error(`jobs without a handler: ${missing.join(', ')}`)
  if (idle.length > 0) throw new Error(`handlers that nothing plans: ${idle.join(', ')}`)
  return (name) => {
    const handler = handlers[name]
    if (!handler) throw new Error(`no handler for the job ${name}`)
    return handler()
  }
}
