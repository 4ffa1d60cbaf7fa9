import { writeKept } from '../../desk/kept-export.ts'
import { createLog } from '../../log.ts'
import { connectPostgres } from '../../postgres/connection.ts'
import { rowsOf } from '../../postgres/lead-exports.ts'
import { keptIn } from '../../wiring/kept-exports.ts'

// Writes an export that waits, says so after some parts, and then nothing more: until it is killed.

const { url, store, secretKey, parts } = JSON.parse(process.env.STALLING_EXPORT!)
const log = createLog({ level: 'error', process: 'test' })
const db = connectPostgres({ url, poolMax: 2, applicationName: 'landfast-test', log })
const where = keptIn({ config: { exports: store, secretKey }, db })!
let put = 0
const bucket = {
  ...where.bucket,
  async put(key: string, bytes: Uint8Array): Promise<void> {
    if (put === parts) {
      process.stdout.write('stalls\n')
      await new Promise(() => {})
    }
    put++
    await where.bucket.put(key, bytes)
  },
}
const due = await where.kept.takeDue(1)
await writeKept(
  { ...where, bucket, rows: (filter) => rowsOf(db, filter) },
  due!,
  new AbortController().signal,
)
