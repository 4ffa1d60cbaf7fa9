import { expect, test } from 'bun:test'
import { textOf } from './sources.ts'

// Every way in which the line could break its promise, and the tests that hold it there: file, and words of the title.
const proofs: Readonly<Record<string, readonly (readonly [file: string, title: string])[]>> = {
  'T1 killed at a named point': [
    ['faults/answers', 'before its commit reaches Redis: nothing is kept'],
    ['faults/answers', 'after its commit and before the answer: the lead is kept'],
    ['faults/worker', 'killed five times in the middle of storing it is stored once'],
    ['faults/crash-points', 'after its COMMIT and before it finishes the job'],
    ['faults/crash-points', 'after it finished the job and before it knows'],
    ['faults/crash-points', 'before Postgres hears of it: nothing is kept'],
    ['faults/crash-points', 'in the middle of its transaction'],
    ['faults/crash-points', 'after its COMMIT and before the answer: the lead is kept'],
  ],
  'T2 anything killed at random under load': [
    ['faults/crash', 'whoever was answered is kept when API, worker and Redis are killed together'],
    ['faults/storm', 'kills, cuts and frozen workers at random break no promise'],
  ],
  'T3 power loss': [
    ['faults/fsync', 'a lead is on disk before its 202 leaves Redis'],
    ['faults/shipped-redis', '501 leads that the Redis of $name has acknowledged are whole after kill -9'],
    ['faults/shipped-redis', 'a power cut of everything, with the Redis of $name'],
    ['faults/redis', 'an append-only file that lost its last %d bytes is read'],
    ['faults/redis', 'knows a claim exactly when it knows its lead'],
  ],
  'T4 Redis that is late, silent or cut off': [
    ['faults/redis', 'the commit that lands late changes nothing'],
    ['faults/redis', 'a connection that is cut while Redis answers makes no second lead'],
    ['faults/neighbours', 'a Redis that takes 300 ms is waited for, not passed by'],
  ],
  'T5 Postgres that breaks at COMMIT or refuses for now': [
    ['faults/worker', 'its transaction leaves every lead with one row'],
    ['faults/worker', 'deadlocks and serialization failures, are tried again'],
    ['faults/worker', 'connections that Postgres ends again and again lose nobody'],
    ['faults/answers', 'breaks after its COMMIT promises nothing'],
  ],
  'T6 Redis that is full, forgetful or set up wrongly': [
    ['faults/redis', 'with the memory of Redis full, leads go through Postgres'],
    ['faults/redis', 'is refused at boot, with a way out'],
    ['engines/leads', 'after SCRIPT FLUSH a batch fails once'],
    ['engines/leads', 'are told to it when it comes back empty'],
  ],
  'Redis that may not, forgets or moves': [
    ['faults/redis-rights', 'a production worker says which, once, rests, ends when asked'],
    ['faults/redis-rights', 'makes it neither loud nor busy nor deaf'],
    ['faults/redis-rights', 'whose user "default" may not replay its file is refused'],
    ['faults/redis-rights', 'jobs without a batch are told of once, put aside'],
    ['faults/redis-forgets', 'when Redis loses its memory, chores and leads go on'],
    ['faults/failover', 'API and worker move to the server that the address leads to'],
    ['faults/failover', 'while the address leads to a copy health says so'],
    ['faults/sentinel', 'sentinels appoint another master under load'],
    ['faults/sentinel', 'a master that dies without a word'],
  ],
  'a master of Redis that is lost or cut off': [
    ['faults/replicas', 'everybody who was answered is kept when the master is lost, cut off or outdated'],
    ['faults/replicas', 'with 0 each of the three loses leads'],
    ['faults/cluster', 'a replica takes the place of its master as planned'],
    ['faults/cluster', 'a slot that is moved key by key under load'],
    ['faults/cluster', 'a master is killed: its shards go through Postgres'],
    ['faults/cluster', 'a master dies without a word'],
  ],
  "a Redis that is another installation's": [
    ['faults/whose-store', 'two installations on one Redis are kept apart'],
    ['faults/whose-store', 'production refuses to start on the Redis of another installation'],
    ['faults/whose-store', 'a running worker stops taking, an API goes through Postgres'],
  ],
  'a Postgres that is lost, with a synchronous standby': [
    ['faults/postgres-pair', 'the primary is lost and its standby promoted under load'],
    ['faults/postgres-pair', 'nothing is acknowledged that one Postgres alone has'],
    ['faults/postgres-pair', 'is in quarantine on both before it counts as kept'],
  ],
  'a Postgres that is put back': [
    ['faults/put-back', 'leads that are gone are no duplicates, those that wait stay claimed'],
  ],
  'T7 one phone from everywhere at once': [
    ['faults/window', '500 clients on one phone at two API processes, across the edges of its window'],
    ['line/submissions', '500 connections with one phone make one row'],
    ['faults/neighbours', 'the same phones at both, in one moment: one lead each'],
  ],
  'T8 the answer is lost and the visitor tries again': [
    ['faults/answers', 'with the same key it is the original answer each time, and one row'],
    ['faults/answers', 'without a key it is a duplicate of a lead that is kept'],
  ],
  'T9 rows that no table can hold': [
    ['faults/worker', 'one among 200 goes to quarantine'],
    ['faults/worker', '200 of 200 all go to quarantine'],
  ],
  'T10 a worker that stands still past its lock': [
    ['faults/worker', 'a worker that stands still for longer than its lock'],
  ],
  'T11 one batch, five crashes': [['faults/worker', 'killed five times in the middle of storing it']],
  'T12 a store that is gone for long': [
    ['faults/storm', 'without Redis leads are accepted through Postgres, without Postgres through Redis'],
    ['faults/worker', 'while Postgres is away leads are accepted, no batch is used up'],
    ['faults/neighbours', 'with a MongoDB and an object storage that never answer, all along'],
    ['faults/disk', 'with the disk of both stores full it is said plainly'],
    ['line/health', 'with neither Redis nor Postgres nothing is promised'],
  ],
  'a Postgres that may only be read': [
    ['faults/read-only', 'while sessions may only read, readiness and health say so'],
    ['faults/read-only', 'behind the address of a replica it is the same, until it is promoted'],
  ],
  'T13 an API that starts while Redis is down': [
    ['faults/redis', 'an API that starts while Redis is down takes leads through Postgres'],
  ],
  'T14 every order of things': [
    ['protocol/protocol', 'keeps every promise, whatever breaks and in whatever order'],
    ['engines/protocol', 'on the real stores the protocol keeps every promise'],
  ],
  'T15 requests that nobody meant': [
    ['line/any-request', 'no request that anyone can send, at any address of the documents'],
  ],
  'an update beside a backup': [
    ['faults/beside-a-backup', 'an update and a new month wait for a backup, and no visitor waits with them'],
    ['faults/beside-a-backup', 'a month that the worker has to make waits for a backup'],
  ],
  'T16 a rolling restart under load': [
    ['faults/rolling', 'are asked to stop under load, one after the other, fail no visitor and lose no lead'],
    ['line/submissions', 'SIGTERM under load answers everyone who was let in'],
  ],
  'T17 the obvious way is caught': [
    ['faults/crash', 'the same script finds the leads that SET NX and a job each would lose'],
    ['faults/answers', 'killed between the two, it tells a visitor "duplicate" of a lead that is nowhere'],
    ['faults/answers', 'it has no original answer for a visitor who tries again'],
    ['protocol/protocol', 'claims that are taken before the job is added'],
  ],
  'a clock that is years off': [
    ['faults/clock', 'a worker stores leads, deletes nothing, makes the months of Postgres, and says why'],
    ['faults/clock', 'dates leads and events as Postgres does'],
    ['faults/clock', 'a batch that a worker with a clock ahead gives up is taken by the next at once'],
  ],
  'a status that is never 404': [
    ['faults/status', 'a status is never 404 between the 202 and the row, whichever store is lost'],
  ],
}

test('every way to break the promise has its test, under these names', () => {
  const missing = Object.values(proofs)
    .flat()
    .filter(([file, title]) => !textOf(`backend/testing/${file}.test.ts`).includes(title))
  expect(missing).toEqual([])
})
