import { expect, test } from 'bun:test'
import { tableOf, whereOf } from './table.ts'

test('what is shown of an address holds no password', () => {
  expect(whereOf('postgres://landfast:s3cret@127.0.0.1:5432/landfast')).toBe('127.0.0.1:5432')
  expect(whereOf('http://user:s3cret@storage:9000/bucket')).toBe('http://storage:9000')
  expect(whereOf(undefined)).toBe('')
  expect(whereOf('not an address: s3cret')).toBe('')
})

test('columns are as wide as their widest word', () => {
  const lines = tableOf([
    { part: 'Redis', state: 'running', where: '127.0.0.1:1', from: 'PATH' },
    { part: 'Object storage', state: 'off', where: '', from: 'nowhere' },
  ]).split('\n')
  expect(lines).toEqual([
    '  part            state    where        from',
    '  --------------  -------  -----------  -------',
    '  Redis           running  127.0.0.1:1  PATH',
    '  Object storage  off                   nowhere',
  ])
})
