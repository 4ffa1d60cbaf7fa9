import { createHash, createHmac } from 'node:crypto'
import type { OutboundRequest } from './target.ts'

/** A key of an S3 storage. */
export type S3Key = Readonly<{ id: string; secret: string; region: string }>

/** Writes one object, whole or not at all, signed as S3 wants it (Signature Version 4). */
export function s3Put(
  at: URL,
  { body, contentType }: Readonly<{ body: string; contentType: string }>,
  key: S3Key,
  nowMs: number,
): OutboundRequest {
  const time = `${new Date(nowMs).toISOString().replaceAll(/[-:]|\.\d+/g, '')}`
  const day = time.slice(0, 8)
  const hash = sha256(body)
  const signedNames = 'content-type;host;x-amz-content-sha256;x-amz-date'
  const canonical = [
    ...['PUT', at.pathname, ''],
    ...[
      `content-type:${contentType}`,
      `host:${at.host}`,
      `x-amz-content-sha256:${hash}`,
      `x-amz-date:${time}`,
    ],
    ...['', signedNames, hash],
  ].join('\n')
  const scope = `${day}/${key.region}/s3/aws4_request`
  const toSign = ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n')
  const signingKey = [day, key.region, 's3', 'aws4_request'].reduce(
    (made, part) => hmac(made, part),
    Buffer.from(`AWS4${key.secret}`),
  )
  return {
    method: 'PUT',
    url: at.href,
    headers: {
      'content-type': contentType,
      'x-amz-content-sha256': hash,
      'x-amz-date': time,
      authorization: `AWS4-HMAC-SHA256 Credential=${key.id}/${scope}, SignedHeaders=${signedNames}, Signature=${hmac(signingKey, toSign).toString('hex')}`,
    },
    body,
  }
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const hmac = (key: Buffer, text: string) => createHmac('sha256', key).update(text).digest()
