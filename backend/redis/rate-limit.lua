-- Takes from the buckets that all processes share. A bucket is one number: the microsecond at which it is full again.
--
-- KEYS     one bucket a client
-- ARGV[1]  microseconds until one token is back   ARGV[2]  the most that a bucket may be behind, in microseconds
-- ARGV[3…] tokens taken from each bucket
-- returns  how far each bucket is from full, in microseconds
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local perToken, most = tonumber(ARGV[1]), tonumber(ARGV[2])
local missing = {}
for n = 1, #KEYS do
  local full = tonumber(redis.call('GET', KEYS[n]) or 0)
  -- The bound also lets go of clients after the clock of the machine has jumped back.
  local behind = math.min(most, math.max(0, full - now) + ARGV[n + 2] * perToken)
  if behind > 0 then redis.call('SET', KEYS[n], now + behind, 'PX', math.ceil(behind / 1000)) end
  missing[n] = behind
end
return missing
