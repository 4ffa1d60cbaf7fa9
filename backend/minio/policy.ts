import { mediaEndings } from '../media/type.ts'

const sid = 'LandfastMediaForEverybody'

/**
 * Lets everybody read what the API serves to everybody at `/media/` anyway, and these keys: no other file that may lie in the
 * bucket, no list of them, and nothing is written.
 */
export function readersPolicy(bucket: string, keys: readonly string[]): string {
  const endings = mediaEndings.flatMap((ending) => [ending, ending.toUpperCase()])
  const readable = [...endings.map((ending) => `*.${ending}`), ...keys]
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Sid: sid,
        Effect: 'Allow',
        Principal: { AWS: ['*'] },
        Action: ['s3:GetObject'],
        Resource: readable.map((key) => `arn:aws:s3:::${bucket}/${key}`),
      },
    ],
  })
}

/** Whether a bucket's policy is that one, of this version or another, and nothing else. */
export function isReadersPolicy(policy: string): boolean {
  const { Statement } = JSON.parse(policy) as { Statement?: readonly { Sid?: string }[] }
  return Array.isArray(Statement) && Statement.length === 1 && Statement[0].Sid === sid
}
