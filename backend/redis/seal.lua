-- Keeps the key of the seal under which ids are given out, unless one is kept.
--
-- KEYS[1]  hash of what this Redis knows   ARGV[1]  key of a seal   returns  the key that is kept
local kept = redis.call('HGET', KEYS[1], 'seal')
-- What is no key was written by a hand.
if kept and #kept == 32 and not string.find(kept, '[^0-9a-f]') then return kept end
redis.call('HSET', KEYS[1], 'seal', ARGV[1])
return ARGV[1]
