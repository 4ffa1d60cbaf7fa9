import type { Assignments } from '../experiments/assign.ts'

/** Assignments that keep state like the real ones, and can be told to be away. */
export function memoryAssignments(): Assignments & { away: boolean } {
  const kept = new Map<string, string>()
  return {
    away: false,
    async keep(visitorId, wanted, mayWrite = () => true) {
      if (this.away) throw new Error('assignments are away')
      const variants = new Map<string, string>()
      const given = new Set<string>()
      for (const [experiment, { variant, variants: all }] of wanted) {
        const key = `${experiment} ${visitorId}`
        if (!all.includes(kept.get(key) ?? '')) {
          if (!mayWrite()) continue
          kept.set(key, variant)
          given.add(experiment)
        }
        variants.set(experiment, kept.get(key)!)
      }
      return { variants, given }
    },
  }
}
