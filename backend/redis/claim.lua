-- Decides every submission of a batch once, takes the claims, and keeps the verdict in the batch's own job.
--
-- KEYS[1]  hash of the job that carries the batch
-- ARGV[1]  id of the batch      ARGV[2]  dedup window in ms
-- ARGV[3]  TTL of a claim in ms ARGV[4]  prefix of claim keys
-- returns  one verdict a lead, joined by ',': 'N' new, 'D<id>' duplicate of, 'R<id>' the same submission as
--
-- Runs in one MULTI with the job's own add, so claims exist exactly when their leads are queued. Run again, it
-- returns the verdict it kept: resending a batch is harmless.
local kept = redis.call('HGET', KEYS[1], 'verdict')
if kept then return kept end

local data = redis.call('HGET', KEYS[1], 'data')
if not data then return redis.error_reply('NOJOB the batch is not in the queue') end

-- '{"claims":"' and then 64 characters a lead: phone key, and the hash of its Idempotency-Key or dashes.
local claims = string.match(data, '^{"claims":"([%x-]*)"')
if not claims then return redis.error_reply('BADJOB the batch does not begin with its claims') end

local batch, window, ttl, prefix = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4]
local head, tail = string.sub(batch, 1, 15), string.sub(batch, 19)
local accepted = tonumber(string.sub(batch, 1, 8) .. string.sub(batch, 10, 13), 16)
local verdicts = {}
for n = 1, #claims / 64 do
  local at = (n - 1) * 64
  local id = head .. string.format('%03x', n - 1) .. tail
  local key = prefix .. string.sub(claims, at + 1, at + 32)
  local idempotency = string.sub(claims, at + 33, at + 64)
  local mine = id .. ':' .. idempotency
  -- For a new phone, which most are, this is the only call.
  local holder = redis.call('SET', key, mine, 'NX', 'GET', 'PX', ttl)
  local verdict = 'N'
  if holder then
    local holderId = string.sub(holder, 1, 36)
    local apart = accepted - tonumber(string.sub(holderId, 1, 8) .. string.sub(holderId, 10, 13), 16)
    if apart >= window then
      redis.call('SET', key, mine, 'PX', ttl)
    elseif holderId ~= id and apart > -window then
      local same = string.byte(idempotency) ~= 45 and idempotency == string.sub(holder, 38)
      verdict = (same and 'R' or 'D') .. holderId
    end
  end
  verdicts[n] = verdict
end
kept = table.concat(verdicts, ',')
redis.call('HSET', KEYS[1], 'verdict', kept)
return kept
