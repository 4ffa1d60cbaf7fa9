import { savedViewsContract } from '../testing/contracts/lead-views.ts'
import { memoryViews } from './lead-views.ts'
import { memoryOperators } from './operators.ts'

savedViewsContract('memory', async () => {
  const { audit } = memoryOperators()
  return { views: memoryViews(audit.note), audit }
})
