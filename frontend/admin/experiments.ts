import { ask } from './api.ts'

export type Variant = Readonly<{ name: string; weight: number }>
export type Experiment = Readonly<{
  key: string
  variants: readonly Variant[]
  running: boolean
  on_page: boolean
}>
export type VerdictCode =
  | ('nothing_to_compare' | 'sample_ratio_fault' | 'too_little_data' | 'open')
  | ('win' | 'loss' | 'no_difference')
export type VariantResult = Readonly<{
  variant: string
  weight: number
  is_control: boolean
  exposed: number
  converted: number
  robots: number
  rate: number | null
  interval: readonly [number, number] | null
  lift: number | null
  chance_to_be_best: number
  expected_loss: number
}>
export type Results = Readonly<{
  since: string | null
  counted_days: number
  verdict: Readonly<{
    code: VerdictCode
    variant: string | null
    words: Readonly<Record<'en' | 'fa', string>>
  }>
  variants: readonly VariantResult[]
  horizon: Readonly<{
    effect: number
    days_left: number | null
    days_by_effect: readonly Readonly<{ effect: number; days: number | null }>[]
  }>
  sample_ratio: Readonly<{
    state: 'too_few' | 'as_dealt' | 'fault'
    p: number | null
    due: readonly Readonly<{ variant: string; exposed: number; due: number }>[]
  }>
  excluded: Readonly<{ robots: number }>
  days: readonly Readonly<{
    day: string
    variants: Readonly<Record<string, Readonly<{ exposed: number; converted: number }>>>
  }>[]
}>

/** Of a flag or an experiment: stored, and whether every process has said that it has it. */
export type InForce = Readonly<{ live: boolean }>
export type ExperimentChange = Readonly<{ variants?: readonly Variant[]; running?: boolean }>

export const listExperiments = () => ask<{ experiments: readonly Experiment[] }>('GET', '/experiments')
export const getResults = (key: string, effect: string) =>
  ask<Results>('GET', `/experiments/${key}/results?effect=${encodeURIComponent(effect)}`)
export const setExperiment = (key: string, change: ExperimentChange) =>
  ask<InForce>('PUT', `/experiments/${key}`, change)

/** How good the news is. */
export const verdictLooks = {
  nothing_to_compare: 'plain',
  too_little_data: 'plain',
  no_difference: 'plain',
  open: 'brand',
  win: 'good',
  loss: 'warn',
  sample_ratio_fault: 'danger',
} as const satisfies Record<VerdictCode, string>
