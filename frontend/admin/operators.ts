import { ask } from './api.ts'
import type { RoleName } from './words/words.ts'

export type Operator = Readonly<{
  id: string
  email: string
  name: string
  role: RoleName
  disabled: boolean
  second_factor: boolean
  seen_at: string | null
}>
export type OpenInvite = Readonly<{ id: string; email: string | null; role: RoleName; expires_at: string }>
type Found = Readonly<{ operators: readonly Operator[]; invites: readonly OpenInvite[] }>

export const operatorsQuery = {
  queryKey: ['operators'],
  queryFn: () => ask<Found>('GET', '/operators'),
}
