import { type InfiniteData, useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { type Lead, type LeadDetail, type LeadPage, type LeadState, setState } from './leads.ts'

export type StateDone = Readonly<{ id: string; was: LeadState; state: LeadState; undo?: true }>
type Seen = InfiniteData<LeadPage> | LeadDetail

/** What was seen, with this lead in another state. */
export function seenWith<What extends Seen>(seen: What, id: string, state: LeadState): What {
  const changed = (lead: Lead) => (lead.id === id ? { ...lead, state } : lead)
  if ('lead' in seen) return { ...seen, lead: changed(seen.lead) }
  return { ...seen, pages: seen.pages.map((page) => ({ ...page, data: page.data.map(changed) })) }
}

const mutationKey = ['leads', 'state']

/**
 * Gives a lead a state: seen at once, told one after the other, and seen to be what it was again where it is refused. `done` is
 * what can be undone.
 */
export function useLeadStates() {
  const queries = useQueryClient()
  const [done, setDone] = useState<StateDone>()
  const see = (id: string, state: LeadState) => {
    for (const queryKey of [
      ['leads', 'list'],
      ['leads', 'one', id],
    ])
      queries.setQueriesData<Seen>({ queryKey }, (seen) => seen && seenWith(seen, id, state))
  }
  const change = useMutation({
    mutationKey,
    scope: { id: mutationKey.join() },
    mutationFn: ({ id, ...what }: StateDone) => setState(id, what),
    async onMutate(what) {
      // What is on its way was read before this.
      await queries.cancelQueries({ queryKey: ['leads'] })
      see(what.id, what.state)
      // Who was released has been told of.
      setDone(what.was === 'suspect' ? undefined : what)
      return done
    },
    onError(_, what, before) {
      see(what.id, what.was)
      setDone((last) => (last === what ? before : last))
    },
    // Whoever is still to be told would be seen as before meanwhile.
    onSettled: () =>
      queries.isMutating({ mutationKey }) > 1
        ? undefined
        : queries.invalidateQueries({ queryKey: ['leads'] }),
  })
  return {
    error: change.error,
    done,
    forget: () => setDone(undefined),
    become: ({ id, state: was }: Lead, state: LeadState) =>
      was !== state && change.mutate({ id, was, state }),
    undo: () => done && change.mutate({ id: done.id, was: done.state, state: done.was, undo: true }),
  }
}
