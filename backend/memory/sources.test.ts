import { sourcesContract } from '../testing/contracts/sources.ts'
import { memorySources, type Told } from './sources.ts'

sourcesContract('memory', async () => {
  const sources = memorySources()
  const leads: (Told & { id: string })[] = []
  const find = (id: string) => leads.find((each) => each.id === id)!
  return {
    sources,
    async leads(given) {
      const told = given.map(({ suspect, duplicate, ...lead }) => ({
        ...lead,
        id: crypto.randomUUID(),
        what: duplicate ? ('duplicate' as const) : suspect ? ('suspect' as const) : ('lead' as const),
      }))
      leads.push(...told)
      sources.tell(...told)
      return told.map(({ id }) => id)
    },
    async visits(given) {
      sources.tell(
        ...given
          .filter(({ bot }) => !bot)
          .map(({ url, isOfPage, ...visit }) => ({
            ...{ ...visit, what: 'visited' as const },
            ...(isOfPage && { landing: url }),
          })),
      )
    },
    async call(id, waitS) {
      sources.tell({ ...find(id), what: 'called', waitS })
    },
    async correct(id) {
      sources.tell({ ...find(id), change: -1 }, { ...find(id), what: 'corrected' })
    },
    async release(id) {
      sources.tell({ ...find(id), change: -1 }, { ...find(id), what: 'lead' })
    },
    async counted() {},
  }
})
