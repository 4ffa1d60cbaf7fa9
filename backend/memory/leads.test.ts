import { batchStoreContract, contractWindowMs } from '../testing/contracts/batch-store.ts'
import { leadNewsContract } from '../testing/contracts/lead-news.ts'
import { createMemoryNews } from './lead-news.ts'
import { createMemoryLeads } from './leads.ts'

const news = createMemoryNews()
const store = createMemoryLeads({ dedupWindowMs: contractWindowMs, news })
batchStoreContract('memory', () => store)

const unstorablePhone = '+980000000000'
store.poison.add(unstorablePhone)
leadNewsContract('memory', () => ({ table: store, direct: store, claims: store, news, unstorablePhone }))
