import { expect, test } from 'bun:test'
import { functions, readFunction } from './functions.ts'

// What each revision was. A function that changes gets the next number and a line here: by the number an older machine that
// migrates in the middle of an update knows that it must leave a newer function alone.
const revisions: Readonly<Record<string, readonly string[]>> = {
  'functions/store-leads.sql': [
    '82b2e2a85da94c33',
    'bef9dae7b9b7295d',
    '6907ecbe4f0b2616',
    '59e22bf66af88a4c',
    '585f38247d5d9da1',
    'e6fefd55161f9742',
    '735ee0080b4143a4',
    '96b45f520057f554',
    '0409d5dbe7f3cb29',
  ],
  'functions/make-month.sql': [
    '22918eb01b8617be',
    '45cb3e0e25fb6cbf',
    '06a00ca3014b22c4',
    'f22de725d954daf8',
  ],
  'functions/drop-month.sql': ['47c2f293b2ac3c43', '576d3c421b60f32b'],
}

test.each(functions.map((each) => [each.file, each] as const))(
  '%s has another revision when it has changed',
  (file, { revision, hash }) => {
    expect({ revision, hash }).toEqual({ revision: revisions[file]!.length, hash: revisions[file]!.at(-1)! })
  },
)

test.each([
  ['without a revision', 'create or replace function f(x int) returns int'],
  ['without a function', '-- revision 1\nselect 1'],
])('a file %s is refused', (_what, source) => {
  expect(() => readFunction('functions/x.sql', source)).toThrow('functions/x.sql has no revision')
})
