import { unavailable } from '../problem.ts'

type Store<Batch, Result> = Readonly<{ commit(batch: Batch): Promise<Result> }>

export type CommitDeps<Batch, Result> = Readonly<{
  /** Absent with `ACK_MODE=pg`: then every answer waits for Postgres. */
  redis?: Store<Batch, Result> & Readonly<{ isOpen(): boolean }>
  postgres: Store<Batch, Result>
  /** Told of each batch that could not take the path it was meant for. */
  onFallback(error: unknown): void
  onUnavailable(error: unknown): void
}>

/**
 * Commits a batch through Redis while it is open, else through Postgres. The batch is frozen: whatever happens, it is
 * given on with the same ids.
 * @throws Problem `unavailable` saying `refusal` when no store could take it; then nothing was promised.
 */
export async function commitBatch<Batch, Result>(
  deps: CommitDeps<Batch, Result>,
  batch: Batch,
  refusal: string,
): Promise<Result> {
  if (deps.redis?.isOpen()) {
    try {
      return await deps.redis.commit(batch)
    } catch (error) {
      // The outcome may be unknown. Both stores are idempotent on the ids, so Postgres may take it as well.
      deps.onFallback(error)
    }
  }
  try {
    return await deps.postgres.commit(batch)
  } catch (error) {
    deps.onUnavailable(error)
    throw unavailable(refusal)
  }
}
