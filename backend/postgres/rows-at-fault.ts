// SQLSTATE classes that say "these rows", not "not now": cardinality, data exception, integrity constraint, limits.
const classes = /^(21|22|23|54)/

/** Rejects with what `asFault` makes of the reason where the rows are at fault, and otherwise as the work did. */
export async function tellingRowsAtFault<T>(
  work: Promise<T>,
  asFault: (reason: string) => Error,
): Promise<T> {
  try {
    return await work
  } catch (error) {
    const code = (error as { code?: unknown }).code
    if (typeof code === 'string' && code.length === 5 && classes.test(code)) throw asFault(`SQLSTATE ${code}`)
    throw error
  }
}
