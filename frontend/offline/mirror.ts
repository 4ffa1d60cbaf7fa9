import type { Kept, KeptOrEnded } from '../outbox/kept.ts'

/**
 * What the service worker may send when no page is there, in IndexedDB: it cannot read `localStorage`, where submissions are
 * kept, so the page writes each of them here too, and takes it away once the API has answered.
 */
const [name, shelf] = ['landfast', 'kept']

export const allMirrored = (): Promise<KeptOrEnded[]> => within('readonly', (store) => store.getAll())

export const readMirrored = (key: string): Promise<KeptOrEnded | undefined> =>
  within('readonly', (store) => store.get(key))

export const mirror = (kept: Kept): Promise<unknown> => within('readwrite', (store) => store.put(kept))

/** Writes what became of it, unless it was taken away meanwhile. */
export const goOn = (entry: KeptOrEnded): Promise<unknown> =>
  within('readwrite', (store) => {
    const found = store.openCursor(entry.key)
    found.onsuccess = () => found.result?.update(entry)
    return found
  })

export const forget = (key: string): Promise<unknown> => within('readwrite', (store) => store.delete(key))

export const forgetAll = (): Promise<unknown> => within('readwrite', (store) => store.clear())

/** It is open no longer than for one step: else it would keep the page out of the back-forward cache. */
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
