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

local batch, window = ARGV[1], tonumber(ARGV[2])
local head, tail = string.sub(batch, 1, 15), string.sub(batch, 19)
local accepted = tonumber(string.sub(batch, 1, 8) .. string.sub(batch, 10, 13), 16)
local leads = cjson.decode(data).leads
local verdicts = {}
for n = 1, #leads do
  local lead = leads[n]
  local id = head .. string.format('%03x', n - 1) .. tail
  local key = ARGV[4] .. lead.phoneKey
  local idempotency = lead.idempotencyKey or ''
  local holder = redis.call('GET', key)
  local verdict, take = 'N', true
  if holder then
    local holderId = string.sub(holder, 1, 36)
    local apart = accepted - tonumber(string.sub(holderId, 1, 8) .. string.sub(holderId, 10, 13), 16)
    take = apart >= window
    if holderId ~= id and math.abs(apart) < window then
      local same = idempotency ~= '' and idempotency == string.sub(holder, 38)
      verdict = (same and 'R' or 'D') .. holderId
    end
  end
  if take then redis.call('SET', key, id .. ':' .. idempotency, 'PX', ARGV[3]) end
  verdicts[n] = verdict
end
kept = table.concat(verdicts, ',')
redis.call('HSET', KEYS[1], 'verdict', kept)
return kept
