-- Writes what a job carries anew, if it still carries what was read.
--
-- KEYS[1]  hash of the job   ARGV[1]  its data as read   ARGV[2]  the data in its place   ARGV[3]  its verdict
-- returns  1 when it was written; 0 where the job is another by now, or gone
if redis.call('HGET', KEYS[1], 'data') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'data', ARGV[2], 'verdict', ARGV[3])
-- What went wrong with it may repeat what it carried.
redis.call('HDEL', KEYS[1], 'failedReason', 'stacktrace')
return 1
