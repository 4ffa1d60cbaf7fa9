-- The requests of one run, for wrk. Arguments after `--`: the origin, a number of 4 digits for this run, which keeps
-- its phones apart from those of every other run, what to send (`leads`, `events`, or `visits`, which read the page as a new
-- visitor each, or as the one whose cookie is among the headers), and how many milliseconds a connection waits before it
-- sends again.
-- Each thread counts for itself, so no phone is sent twice. backend/bench/submission.ts writes the same bytes of a submission.
local threads = 0

function setup(thread)
  thread:set('number', threads)
  threads = threads + 1
end

function browser(origin)
  return '\r\nOrigin: ' .. origin
    .. '\r\nUser-Agent: Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36'
    .. '\r\nAccept: application/json\r\nSec-Fetch-Site: same-origin'
end

-- In letters, as the page's own ids are for the most part: many digits could be a phone, and would be kept as a hash.
local words = {}

local function inLetters(number)
  return (string.gsub(number, '%d', function(digit) return string.char(97 + digit) end))
end

function init(args)
  local host = string.gsub(args[1], '^https?://', '')
  request = args[3] == 'events' and event or args[3] == 'visits' and visit or submission
  if args[4] then delay = function() return tonumber(args[4]) end end
  visits = 'GET ' .. wrk.path .. ' HTTP/1.1\r\nHost: ' .. host .. browser(args[1])
    .. '\r\nAccept-Encoding: gzip, deflate, br, zstd'
    .. (wrk.headers.Cookie and '\r\nCookie: ' .. wrk.headers.Cookie or '') .. '\r\nX-Forwarded-For: '
  run = string.format('%04d%02d', tonumber(args[2]), number)
  sent = 0
  inLettersOfRun = inLetters(run)
  for number = 0, 9999 do words[number] = inLetters(string.format('%04d', number)) end
  first = 'POST /api/leads HTTP/1.1\r\nHost: ' .. host .. browser(args[1])
    .. '\r\nContent-Type: application/json\r\nContent-Length: 105\r\nIdempotency-Key: bench-'
  events = 'POST /api/events HTTP/1.1\r\nHost: ' .. host .. browser(args[1])
    .. '\r\nContent-Type: application/json\r\nContent-Length: 95\r\nX-Forwarded-For: '
  last = '","utm_source":"tv","utm_medium":"spot","utm_campaign":"autumn-2026-prime-time"}'
end

-- Every visitor has an address of its own, as behind nginx, so that the rate limit works and refuses nobody.
function address()
  return (10 + number) .. '.' .. math.floor(sent / 65536) % 256 .. '.' .. math.floor(sent / 256) % 256 .. '.' .. sent % 256
end

function visit()
  sent = sent + 1
  return visits .. address() .. '\r\n\r\n'
end

function event()
  sent = sent + 1
  local visitor = 'bench-of' .. inLettersOfRun .. words[math.floor(sent / 10000) % 10000] .. words[sent % 10000]
  return events .. address() .. '\r\n\r\n{"visitor_id":"' .. visitor
    .. '","variant":"hero.a","event_type":"page_view","url":"/en"}'
end

function submission()
  sent = sent + 1
  local phone = run .. string.format('%08d', sent)
  return first .. phone .. '\r\nX-Forwarded-For: ' .. address() .. '\r\n\r\n{"phone":"+' .. phone .. last
end

function done(summary, latency)
  io.write(string.format(
    'RESULT {"requests":%d,"durationUs":%d,"refused":%d,"broken":%d,"p50Us":%d,"p95Us":%d,"p99Us":%d}\n',
    summary.requests, summary.duration, summary.errors.status,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
    latency:percentile(50), latency:percentile(95), latency:percentile(99)))
end
