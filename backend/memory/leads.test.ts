import { batchStoreContract, contractWindowMs } from '../testing/contracts/batch-store.ts'
import { createMemoryLeads } from './leads.ts'

const store = createMemoryLeads({ dedupWindowMs: contractWindowMs })
batchStoreContract('memory', () => store)
