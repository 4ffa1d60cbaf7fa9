import { eraseRequestsContract } from '../testing/contracts/erase-requests.ts'
import { memoryEraseRequests } from './erase-requests.ts'
import { memoryOperators } from './operators.ts'

eraseRequestsContract('memory', async () => {
  const { audit } = memoryOperators()
  return { requests: memoryEraseRequests(audit.note), audit }
})
