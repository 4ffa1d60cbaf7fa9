/** What came of some tests. `notes` are the lines that tell which were skipped, and why. */
export type Tally = Readonly<{ passed: number; failed: number; skipped: number; notes: readonly string[] }>

export const nothing: Tally = { passed: 0, failed: 0, skipped: 0, notes: [] }

/** All tallies as one. */
export function sum(tallies: readonly Tally[]): Tally {
  return tallies.reduce(
    (all, one) => ({
      passed: all.passed + one.passed,
      failed: all.failed + one.failed,
      skipped: all.skipped + one.skipped,
      notes: [...all.notes, ...one.notes],
    }),
    nothing,
  )
}

/** `12 passed, 0 failed`, and `, 3 skipped` where some were. */
export function inWords({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}
