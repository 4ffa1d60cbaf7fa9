import { createHmac, randomBytes } from 'node:crypto'
import type { EndpointSettings } from './target.ts'

const secretPattern = /^whsec_([A-Za-z0-9+/]{32,86}={0,2})$/

/** A new secret as Standard Webhooks 1.0 writes it. */
export const newSecret = () => `whsec_${randomBytes(32).toString('base64')}`

/** Whether a text is a secret that receivers' libraries can read. */
export const isSecret = (text: string) => secretPattern.test(text)

/** `webhook-signature` of Standard Webhooks 1.0: one signature for each secret that is in force at `nowMs`. */
export function signatureOf(
  { id, body }: Readonly<{ id: string; body: string }>,
  secrets: EndpointSettings['secrets'],
  nowMs: number,
): string {
  const signed = `${id}.${Math.floor(nowMs / 1000)}.${body}`
  return secrets
    .filter(({ until }) => until === undefined || Date.parse(until) > nowMs)
    .map(({ secret }) => {
      const key = Buffer.from(secret.slice('whsec_'.length), 'base64')
      return `v1,${createHmac('sha256', key).update(signed).digest('base64')}`
    })
    .join(' ')
}

const oldSecretKeptMs = 24 * 3_600_000

/** A new secret signs from now on, and for a day the one before does, too, so that receivers have time to change it. */
export function rotated(settings: EndpointSettings, secret: string, nowMs: number): EndpointSettings {
  const [current] = settings.secrets
  const until = new Date(nowMs + oldSecretKeptMs).toISOString()
  return { ...settings, secrets: [{ secret }, ...(current ? [{ secret: current.secret, until }] : [])] }
}
