import { expect, test } from 'bun:test'
import { connectionFault } from './connection-fault.ts'

const failed = (code: string, message = 'no') => Object.assign(new Error(message), { code })

test.each([
  ['SELF_SIGNED_CERT_IN_CHAIN', 'NODE_EXTRA_CA_CERTS'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'sslrootcert='],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'NODE_EXTRA_CA_CERTS'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'a name that the certificate holds'],
  ['CERT_HAS_EXPIRED', 'renew it'],
  ['28P01', 'user, password and database'],
])('of %s it says what to do', (code, says) => {
  expect(connectionFault(failed(code))).toContain(says)
})

test.each([
  ['The server does not support SSL connections', 'leave sslmode= out'],
  ['no pg_hba.conf entry for host "10.0.0.1", user "a", database "b", no encryption', 'sslmode=verify-full'],
  ["NOPERM this user has no permissions to run the 'eval' command", 'lacks that right'],
  ["ENOENT: no such file or directory, open '/etc/own/ca.pem'", 'see sslrootcert='],
  ['WRONGPASS invalid username-password pair or user is disabled.', 'user, password'],
])('of "%s" as well', (message, says) => {
  expect(connectionFault(new Error(message))).toContain(says)
})

test('what lies beneath an aborted transaction or another error is what counts', () => {
  const aborted = Object.assign(new Error('EXECABORT Transaction discarded because of previous errors.'), {
    previousErrors: [new Error("NOPERM this user has no permissions to run the 'evalsha' command")],
  })
  expect(connectionFault(aborted)).toContain('lacks that right')
  expect(connectionFault(new Error('no server', { cause: failed('CERT_HAS_EXPIRED') }))).toContain('renew it')
})

test.each([
  failed('ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.1:1'),
  new Error('Connection is closed.'),
  failed('57P03', 'the database system is starting up'),
  undefined,
  'text',
])('of what passes by itself, such as %p, it says nothing', (error) => {
  expect(connectionFault(error)).toBeUndefined()
})
