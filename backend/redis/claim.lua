-- Decides every submission of a batch once, takes the claims, and keeps the verdict in the batch's own job.
--
-- KEYS[1]  hash of the job that carries the batch
-- KEYS[2]  hash of what this Redis knows; it keeps which batch came last
-- ARGV[1]  id of the batch      ARGV[2]  dedup window in ms
-- ARGV[3]  TTL of a claim in ms ARGV[4]  prefix of claim keys
-- ARGV[5]  ids of its leads, one after the other, 36 characters each
-- ARGV[6]  key of the seal they were given out under; the first is kept, for whoever asks later
-- ARGV[7]  where duplicates are kept, 32 characters a lead: the key of the claim that its retry is told by, or dashes
-- returns  one verdict a lead, joined by ',': 'N' new, 'D<id>' duplicate of, 'R<id>' the same submission as
--
-- Runs in one MULTI with the job's own add, so claims exist exactly when their leads are queued. Run again, it
-- returns the verdict it kept: resending a batch is harmless.
local kept = redis.call('HGET', KEYS[1], 'verdict')
if kept then return kept end

local data = redis.call('HGET', KEYS[1], 'data')
if not data then return redis.error_reply('NOJOB the batch is not in the queue') end

-- '{"claims":"' and then 64 characters a lead: phone key, and the hash of its Idempotency-Key or dashes.
local close = string.find(data, '"', 12, true)
if string.sub(data, 1, 11) ~= '{"claims":"' or not close or (close - 12) % 64 ~= 0 then
  return redis.error_reply('BADJOB the batch does not begin with its claims')
end

local call, sub = redis.call, string.sub
local batch, window, ttl, prefix, ids = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4], ARGV[5]
local accepted = tonumber(sub(batch, 1, 8) .. sub(batch, 10, 13), 16)
local verdicts = {}
local hex = '%x%x%x%x'
local idPattern = '^' .. hex .. hex .. '%-' .. hex .. '%-7%x%x%x%-[89ab]%x%x%x%-' .. hex .. hex .. hex .. '$'
for n = 1, (close - 12) / 64 do
  local at = n * 64 - 52
  local key = prefix .. sub(data, at, at + 31)
  local mine = sub(ids, n * 36 - 35, n * 36) .. ':' .. sub(data, at + 32, at + 63)
  -- For a new phone, which most are, this is the only call.
  local holder = call('SET', key, mine, 'NX', 'GET', 'PX', ttl)
  local verdict = 'N'
  if holder then
    local holderId = sub(holder, 1, 36)
    -- What begins with no id is no claim of ours: nobody may become a duplicate of it.
    local held = string.find(holderId, idPattern) and tonumber(sub(holderId, 1, 8) .. sub(holderId, 10, 13), 16)
    local apart = held and accepted - held or window
    if apart >= window then
      call('SET', key, mine, 'PX', ttl)
    elseif holderId ~= sub(mine, 1, 36) and apart > -window then
      local same = string.byte(mine, 38) ~= 45 and sub(mine, 38) == sub(holder, 38)
      verdict = (same and 'R' or 'D') .. holderId
      local own = sub(ARGV[7], n * 32 - 31, n * 32)
      if not same and own ~= '' and own ~= string.rep('-', 32) then
        local first = call('SET', prefix .. own, mine, 'NX', 'GET', 'PX', ttl)
        if first and string.find(sub(first, 1, 36), idPattern) and sub(first, 1, 36) ~= sub(mine, 1, 36) then verdict = 'R' .. sub(first, 1, 36) end
      end
    end
  end
  verdicts[n] = verdict
end
kept = table.concat(verdicts, ',')
call('HSET', KEYS[1], 'verdict', kept)
call('HSET', KEYS[2], 'latest', batch)
if ARGV[6] ~= '' and call('HEXISTS', KEYS[2], 'seal') == 0 then call('HSET', KEYS[2], 'seal', ARGV[6]) end
return kept
