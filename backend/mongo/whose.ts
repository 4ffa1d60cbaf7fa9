import type { Db } from 'mongodb'
import { belongsToAnother, type Installation } from '../leads/installation.ts'

const mark = 'ours'
const duplicateKey = 11_000
const notAuthorized = 13

const marks = (db: Db) => db.collection<{ _id: string; installation: string }>('installation')

/**
 * Why a MongoDB is not ours, as a sentence; undefined where it is, or nobody can tell. One without a mark is marked. A user
 * who may write nothing but the request log leaves none.
 */
export async function foreignMongo(db: Db, ours: Installation | undefined): Promise<string | undefined> {
  if (!ours) return undefined
  try {
    await marks(db).insertOne({ _id: mark, installation: ours.id })
    return undefined
  } catch (error) {
    const { code } = error as { code?: unknown }
    if (code === notAuthorized) return undefined
    if (code !== duplicateKey) throw error
  }
  const theirs = (await marks(db).findOne({ _id: mark }))?.installation
  if (theirs === undefined || theirs === ours.id) return undefined
  return belongsToAnother('the MongoDB at MONGO_URL', theirs, ours.id)
}

/** Marks a MongoDB as ours, whoever it was marked for. */
export async function adoptMongo(db: Db, { id }: Installation): Promise<void> {
  await marks(db).updateOne({ _id: mark }, { $set: { installation: id } }, { upsert: true })
}
