import { InvalidConfig, readConfig } from '../config.ts'
import { weaknessesOf } from '../weak-settings.ts'
import { controls } from './controls.ts'
import type { Finding } from './finding.ts'
import type { Environment } from './machine.ts'

/** What of these settings production would refuse, and what it would take and somebody should know. */
export function examineForProduction(env: Environment): Finding[] {
  try {
    const config = readConfig({ ...env, NODE_ENV: 'production' })
    const notes = [...weaknessesOf(config).told]
    if (config.duplicateSignal)
      notes.push(
        'PUBLIC_DUPLICATE_SIGNAL is on: whoever sends a number is told whether it is a lead already, and its owner then reads "duplicate"',
      )
    if (config.s3?.accessKey)
      notes.push(
        'S3_ACCESS_KEY is set: API and worker need none where `bun run media:setup` has opened the bucket, and else one that may only read',
      )
    if (config.rateLimit.perMinute === 0)
      notes.push(
        'RATE_LIMIT_RPM is 0: one address may send as much as nginx lets through, and record as much',
      )
    if (config.allowedHosts.length === 0) notes.push('ALLOWED_HOSTS is empty: every Host name is answered')
    if (notes.length === 0) return [{ level: 'ok', what: 'Production', says: 'nothing is weak' }]
    return notes.map((says) => ({ level: 'note', what: 'Production', says }))
  } catch (error) {
    if (!(error instanceof InvalidConfig)) throw error
    return error.faults.map((says) => ({ level: 'fault', what: 'Production', says }))
  }
}

/** The controls of docs/security.md, each as these settings leave it. Nothing where production would not start with them. */
export function examineControls(env: Environment): Finding[] {
  try {
    const config = readConfig({ ...env, NODE_ENV: 'production' })
    return controls.map(({ asks, lacks }, index) => {
      const lacking = lacks?.(config)
      const what = `Control ${index + 1}`
      return lacking
        ? { level: 'note', what, says: `${asks}. Here not whole: ${lacking}` }
        : { level: 'ok', what, says: asks }
    })
  } catch (error) {
    if (!(error instanceof InvalidConfig)) throw error
    return []
  }
}
