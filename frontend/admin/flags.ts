import { ask } from './api.ts'
import type { InForce } from './experiments.ts'

export type FlagKey =
  | ('consent_checkbox' | 'proof_of_work' | 'proof_of_work_difficulty' | 'notice')
  | ('film' | 'works_offline' | 'web_vitals_percent')
export type FlagValue = boolean | number | string
export type Flag = Readonly<{
  key: FlagKey
  about: string
  value: FlagValue
  default: FlagValue
  rollout_percent: number
  killed: boolean
}>
export type FlagChange = Readonly<{ value?: FlagValue; rollout_percent?: number; killed?: boolean }>

/** What is drawn into the page, so that a link can show it; the others are read by its script. */
export const shownByLink: readonly FlagKey[] = ['consent_checkbox']

type Was = Readonly<{ value: FlagValue; rolloutPercent: number; killed: boolean }> | null
export type FlagHistory = Readonly<{
  changes: readonly Readonly<{ at: string; by: string; before: Was; after: Was }>[]
}>

export const flagHistory = (key: FlagKey) => ask<FlagHistory>('GET', `/flags/${key}/history`)
export const listFlags = () => ask<{ flags: readonly Flag[] }>('GET', '/flags')
export const setFlag = (key: FlagKey, change: FlagChange) => ask<InForce>('PUT', `/flags/${key}`, change)
export const resetFlag = (key: FlagKey) => ask<InForce>('DELETE', `/flags/${key}`)
