#!lua flags=no-writes
-- A page of an audience's jobs with the status of each, newest first.
-- KEYS[1] key prefix
-- ARGV    1 audience  2 how many to skip  3 how many at most
-- Returns {id, time of enqueue (ms), status, id, …}; fewer than wanted: there are no more. Jobs
-- enqueued between two pages shift the next one, so that some are given twice.
local skip = tonumber(ARGV[2])
local rows = redis.call('ZRANGE', PREFIX .. 'index:' .. ARGV[1], skip, skip + tonumber(ARGV[3]) - 1,
  'REV', 'WITHSCORES')
local reply = {}
for i = 1, #rows, 2 do
  reply[#reply + 1] = rows[i]
  reply[#reply + 1] = rows[i + 1]
  reply[#reply + 1] = redis.call('HGET', job_key(rows[i]), 'status') or ''
end
return reply
