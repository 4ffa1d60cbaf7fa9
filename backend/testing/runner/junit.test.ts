import { expect, test } from 'bun:test'
import { tallyOf } from './junit.ts'

const suite = (body: string) =>
  `<?xml version="1.0"?><testsuites><testsuite name="a.test.ts">${body}</testsuite></testsuites>`
const passing = '<testcase name="adds" classname="" time="0" file="a.test.ts" line="3" assertions="1" />'
const failing =
  '<testcase name="takes &lt;1&gt;&#10;more" classname="b" time="0" file="a.test.ts" line="9" assertions="1">\n<failure type="AssertionError" message="x">Error</failure>\n</testcase>'
const skipped =
  '<testcase name="later" classname="" time="0" file="a.test.ts" line="12" assertions="0">\n<skipped />\n</testcase>'

test('passed, failed and skipped tests are counted one by one, and the latter two named', () => {
  const tally = tallyOf({
    files: ['./a.test.ts'],
    report: suite(passing + failing + skipped + passing),
    exitCode: 1,
  })
  expect(tally).toEqual({
    passed: 2,
    failed: 1,
    skipped: 1,
    notes: ['failed: a.test.ts:9: takes <1> more', 'skipped: a.test.ts:12: later: the file says so'],
  })
})

test('a file without a test in the report counts as failed, however the run ended', () => {
  const tally = tallyOf({ files: ['./a.test.ts', './gone.test.ts'], report: suite(passing), exitCode: 0 })
  expect(tally).toMatchObject({ passed: 1, failed: 1 })
  expect(tally.notes).toEqual(['failed: ./gone.test.ts: no test ran: it did not load, or ended early'])
})

test('a run that left no report counts every file as failed', () => {
  expect(tallyOf({ files: ['./a.test.ts', './b.test.ts'], report: '', exitCode: 0 })).toMatchObject({
    passed: 0,
    failed: 2,
  })
})

test('a bad exit without a failed test counts as a failure', () => {
  expect(tallyOf({ files: ['./a.test.ts'], report: suite(passing), exitCode: 137 })).toMatchObject({
    passed: 1,
    failed: 1,
    notes: ['failed: ./a.test.ts: ended with code 137'],
  })
})
