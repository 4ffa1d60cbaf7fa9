import { QueryClient, type QueryKey, queryOptions, useQuery, useQueryClient } from '@tanstack/react-query'
import { ask, Refused } from './api.ts'
import type { RoleName } from './words/words.ts'

/** Who is signed in, and what they may do. */
export type Session = Readonly<{
  operator: Readonly<{
    id: string
    name: string
    email: string
    role: RoleName
    second_factor: boolean
    elsewhere: boolean
  }>
  rights: readonly string[]
}>

const key: QueryKey = ['session']

export const sessionQuery = queryOptions({
  queryKey: key,
  // Nobody signed in is an answer as well.
  queryFn: () =>
    ask<Session>('GET', '/session').catch((error) => {
      if (error instanceof Refused && error.status === 401) return null
      throw error
    }),
  staleTime: 5 * 60_000,
})

/** Whoever is told that nobody is signed in any more shows the way in; the address stays. */
export function createQueries(): QueryClient {
  const queries = new QueryClient({
    defaultOptions: {
      // Asked without a network, too: that there is none is said, and nothing is sent once nobody looks any more.
      mutations: { networkMode: 'always' },
      queries: {
        networkMode: 'always',
        refetchOnReconnect: true,
        retry: (count, error) =>
          count < 2 && !(error instanceof Refused && error.status < 500 && error.status > 0),
        staleTime: 10_000,
      },
    },
  })
  const isOver = (error: unknown) => error instanceof Refused && error.code === 'unauthorized'
  const end = (error: unknown) => {
    if (isOver(error)) queries.setQueryData(key, null)
  }
  queries.getQueryCache().config.onError = end
  queries.getMutationCache().config.onError = end
  return queries
}

export function useSession(): Session {
  return useQuery(sessionQuery).data!
}

/** For who has just been let in, or has gone: nothing of whoever was there before stays. */
export function useEnter() {
  const queries = useQueryClient()
  return (session: Session | null) => {
    queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== key[0] })
    queries.setQueryData(key, session)
  }
}
