-- Writes an entry of a list anew in its place, if it still is there as it was read.
--
-- KEYS[1]  the list   ARGV[1]  the entry as read   ARGV[2]  the entry in its place
-- returns  1 when it was written; 0 where the entry is another by now, or gone
local place = redis.call('LPOS', KEYS[1], ARGV[1])
if not place then return 0 end
redis.call('LSET', KEYS[1], place, ARGV[2])
return 1
