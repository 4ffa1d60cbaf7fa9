import type { OperatorBudget } from '../../http/admin/operator-budget.ts'

/** Of operators who never ask too much. */
export const wideBudget: OperatorBudget = {
  limit: { take: () => 0, left: () => ({ count: 600, fullInS: 0 }) },
  perMinute: 600,
}
