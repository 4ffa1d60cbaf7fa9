import { eraseRequestsContract } from '../testing/contracts/erase-requests.ts'
import { memoryEraseRequests } from './erase-requests.ts'
import { memoryErasures } from './erasures.ts'
import { memoryOperators } from './operators.ts'

eraseRequestsContract('memory', async () => {
  const { audit } = memoryOperators()
  const erasures = memoryErasures()
  return { requests: memoryEraseRequests(audit.note, erasures), erasures, audit }
})
