import type { Kept, KeptOrEnded } from '../outbox/kept.ts'

/**
 * What the service worker may send when no page is there. It cannot read `localStorage`, where submissions are kept, so the
 * page writes each of them here too, and takes it away once the API has answered.
 */
export type Mirror = Readonly<{
  all(): Promise<KeptOrEnded[]>
  read(key: string): Promise<KeptOrEnded | undefined>
  write(kept: Kept): Promise<unknown>
  /** Writes what became of it, unless it was taken away meanwhile. */
  goOn(entry: KeptOrEnded): Promise<unknown>
  remove(key: string): Promise<unknown>
  clear(): Promise<unknown>
}>

const name = 'landfast'
const shelf = 'kept'

/** In IndexedDB. It is open no longer than for one step: else it would keep the page out of the back-forward cache. */
export const mirror: Mirror = {
  all: () => within('readonly', (store) => store.getAll()),
  read: (key) => within('readonly', (store) => store.get(key)),
  write: (kept) => within('readwrite', (store) => store.put(kept)),
  goOn: (entry) =>
    within('readwrite', (store) => {
      const found = store.openCursor(entry.key)
      found.onsuccess = () => found.result?.update(entry)
      return found
    }),
  remove: (key) => within('readwrite', (store) => store.delete(key)),
  clear: () => within('readwrite', (store) => store.clear()),
}

async function within<T>(
  mode: IDBTransactionMode,
  work: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  const opening = indexedDB.open(name, 1)
  const db = await new Promise<IDBDatabase>((resolve, reject) => {
    opening.onupgradeneeded = () => opening.result.createObjectStore(shelf, { keyPath: 'key' })
    opening.onsuccess = () => resolve(opening.result)
    opening.onerror = () => reject(opening.error)
  })
  try {
    return await new Promise<T>((resolve, reject) => {
      const transaction = db.transaction(shelf, mode)
      const request = work(transaction.objectStore(shelf))
      transaction.oncomplete = () => resolve(request.result)
      transaction.onabort = () => reject(transaction.error)
    })
  } finally {
    db.close()
  }
}
