import { batchStoreContract, contractWindowMs } from '../testing/batch-store.contract.ts'
import { createMemoryLeads } from './leads.ts'

const store = createMemoryLeads({ dedupWindowMs: contractWindowMs })
batchStoreContract('memory', () => store)
