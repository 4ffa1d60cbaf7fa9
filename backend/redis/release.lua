-- Gives a claim back, but only the one that this lead holds.
--
-- KEYS[1]  claim key   ARGV[1]  id of the lead   returns  1 when the claim was given back
local holder = redis.call('GET', KEYS[1])
if holder and string.sub(holder, 1, 36) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
