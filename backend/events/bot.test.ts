import { expect, test } from 'bun:test'
import { createBotCheck } from './bot.ts'

const isBot = createBotCheck()

test.each([
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1',
    false,
  ],
  [
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36',
    false,
  ],
  ['Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)', true],
  ['curl/8.5.0', true],
  [null, true],
  ['', true],
])('%j is told apart, the first time and the next', (userAgent, bot) => {
  expect([isBot(userAgent), isBot(userAgent)]).toEqual([bot, bot])
})
