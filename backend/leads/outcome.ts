import { refusalOutcomes } from '../problem.ts'
import type { SuspectReason } from './details.ts'

/** Outcomes with which a visitor's number is kept, by this submission or by one before it. */
export const keptOutcomes = ['accepted', 'duplicate', 'replayed'] as const

/** All that can become of a submission. */
export const submissionOutcomes = [...keptOutcomes, ...refusalOutcomes] as const
export type SubmissionOutcome = (typeof submissionOutcomes)[number]

/** Counts what becomes of submissions. */
export type SubmissionMetrics = Readonly<{
  /** One submission answered after `durationMs`. */
  submission(outcome: SubmissionOutcome, durationMs: number): void
  /** One submission that was taken and looks suspect, for these reasons. */
  suspect(reasons: readonly SuspectReason[]): void
}>
