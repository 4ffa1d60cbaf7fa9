export type Sender = (count: number) => string

/**
 * Writes the requests of one run, whole, as a browser behind nginx would send them: an Idempotency-Key, campaign
 * fields, an address of its own. `run` keeps the phones apart from those of every other run.
 * `wrk.lua` writes the same bytes.
 */
export function submissionsOf(origin: string, run: number): Sender {
  const first = [
    'POST /api/leads HTTP/1.1',
    `Host: ${new URL(origin).host}`,
    `Origin: ${origin}`,
    'User-Agent: Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36',
    'Accept: application/json',
    'Sec-Fetch-Site: same-origin',
    'Content-Type: application/json',
    'Content-Length: 105',
    'Idempotency-Key: bench-',
  ].join('\r\n')
  const last = '","utm_source":"tv","utm_medium":"spot","utm_campaign":"autumn-2026-prime-time"}'
  const prefix = `${String(run).padStart(4, '0')}99`
  return (count) => {
    const phone = prefix + String(count).padStart(8, '0')
    const address = `109.${(count >> 16) & 255}.${(count >> 8) & 255}.${count & 255}`
    return `${first}${phone}\r\nX-Forwarded-For: ${address}\r\n\r\n{"phone":"+${phone}${last}`
  }
}
