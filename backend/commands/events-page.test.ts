import { expect, test } from 'bun:test'
import { eventsPage, writtenEventsPage } from './events-page.ts'

test('the docs say of what receivers are told what the schemas say', () =>
  expect(writtenEventsPage()).toBe(eventsPage()))
