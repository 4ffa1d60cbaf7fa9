import { expect, test } from 'bun:test'
import { textOf } from './sources.ts'

// Every way in which the line could break its promise, and the tests that hold it there: file, and words of the title.
const proofs: Readonly<Record<string, readonly (readonly [file: string, title: string])[]>> = {
  'T1 killed at a named point': [
    ['faults-answers.line', 'before its commit reaches Redis: nothing is kept'],
    ['faults-answers.line', 'after its commit and before the answer: the lead is kept'],
    ['faults-worker.line', 'killed five times in the middle of storing it is stored once'],
    ['faults-crash-points.line', 'after its COMMIT and before it finishes the job'],
    ['faults-crash-points.line', 'after it finished the job and before it knows'],
    ['faults-crash-points.line', 'before Postgres hears of it: nothing is kept'],
    ['faults-crash-points.line', 'in the middle of its transaction'],
    ['faults-crash-points.line', 'after its COMMIT and before the answer: the lead is kept'],
  ],
  'T2 anything killed at random under load': [
    ['crash.line', 'whoever was answered is kept when API, worker and Redis are killed together'],
    ['storm.line', 'kills, cuts and frozen workers at random break no promise'],
  ],
  'T3 power loss': [
    ['faults-fsync.line', 'a lead is on disk before its 202 leaves Redis'],
    ['shipped-redis.line', '501 leads that the Redis of $name has acknowledged are whole after kill -9'],
    ['shipped-redis.line', 'a power cut of everything, with the Redis of $name'],
    ['faults-redis.line', 'an append-only file that lost its last %d bytes is read'],
    ['faults-redis.line', 'knows a claim exactly when it knows its lead'],
  ],
  'T4 Redis that is late, silent or cut off': [
    ['faults-redis.line', 'the commit that lands late changes nothing'],
    ['faults-redis.line', 'a connection that is cut while Redis answers makes no second lead'],
    ['faults-neighbours.line', 'a Redis that takes 300 ms is waited for, not passed by'],
  ],
  'T5 Postgres that breaks at COMMIT or refuses for now': [
    ['faults-worker.line', 'its transaction leaves every lead with one row'],
    ['faults-worker.line', 'deadlocks and serialization failures, are tried again'],
    ['faults-worker.line', 'connections that Postgres ends again and again lose nobody'],
    ['faults-answers.line', 'breaks after its COMMIT promises nothing'],
  ],
  'T6 Redis that is full, forgetful or set up wrongly': [
    ['faults-redis.line', 'with the memory of Redis full, leads go through Postgres'],
    ['faults-redis.line', 'is refused at boot, with a way out'],
    ['leads.engine', 'after SCRIPT FLUSH a batch fails once'],
    ['leads.engine', 'are told to it when it comes back empty'],
  ],
  'T7 one phone from everywhere at once': [
    ['faults-window.line', '500 clients on one phone at two API processes, across the edges of its window'],
    ['submissions.line', '500 connections with one phone make one row'],
    ['faults-neighbours.line', 'the same phones at both, in one moment: one lead each'],
  ],
  'T8 the answer is lost and the visitor tries again': [
    ['faults-answers.line', 'with the same key it is the original answer each time, and one row'],
    ['faults-answers.line', 'without a key it is a duplicate of a lead that is kept'],
  ],
  'T9 rows that no table can hold': [
    ['faults-worker.line', 'one among 200 goes to quarantine'],
    ['faults-worker.line', '200 of 200 all go to quarantine'],
  ],
  'T10 a worker that stands still past its lock': [
    ['faults-worker.line', 'a worker that stands still for longer than its lock'],
  ],
  'T11 one batch, five crashes': [['faults-worker.line', 'killed five times in the middle of storing it']],
  'T12 a store that is gone for long': [
    ['storm.line', 'without Redis leads are accepted through Postgres, without Postgres through Redis'],
    ['faults-worker.line', 'while Postgres is away leads are accepted, no batch is used up'],
    ['faults-neighbours.line', 'with a MongoDB and an object storage that never answer, all along'],
    ['faults-disk.line', 'with the disk of both stores full it is said plainly'],
    ['health.line', 'with neither Redis nor Postgres nothing is promised'],
  ],
  'T13 an API that starts while Redis is down': [
    ['faults-redis.line', 'an API that starts while Redis is down takes leads through Postgres'],
  ],
  'T14 every order of things': [
    ['protocol/protocol', 'keeps every promise, whatever breaks and in whatever order'],
    ['protocol/protocol.engine', 'on the real stores the protocol keeps every promise'],
  ],
  'T15 requests that nobody meant': [
    ['any-request.line', 'no request that anyone can send, at any address of the documents'],
  ],
  'T16 a rolling restart under load': [
    [
      'faults-rolling.line',
      'are asked to stop under load, one after the other, fail no visitor and lose no lead',
    ],
    ['submissions.line', 'SIGTERM under load answers everyone who was let in'],
  ],
  'T17 the obvious way is caught': [
    ['crash.line', 'the same script finds the leads that SET NX and a job each would lose'],
    [
      'faults-answers.line',
      'killed between the two, it tells a visitor "duplicate" of a lead that is nowhere',
    ],
    ['faults-answers.line', 'it has no original answer for a visitor who tries again'],
    ['protocol/protocol', 'claims that are taken before the job is added'],
  ],
  'a status that is never 404': [
    ['faults-status.line', 'a status is never 404 between the 202 and the row, whichever store is lost'],
  ],
}

test('every way to break the promise has its test, under these names', () => {
  const missing = Object.values(proofs)
    .flat()
    .filter(([file, title]) => !textOf(`backend/testing/${file}.test.ts`).includes(title))
  expect(missing).toEqual([])
})
