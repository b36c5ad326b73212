#!lua flags=allow-oom
-- Gives a claimed job back, to the front of the queue, as if the attempt had never begun. The
-- fence stays, so the old holder can write nothing more.
-- KEYS[1] key prefix
-- ARGV    1 job id  2 fence
-- Returns the status that the job has now | 'superseded'
local id = ARGV[1]
local job = job_key(id)
local status = held_status(job, ARGV[2])
if not status then
  return 'superseded'
end
if status == 'CANCELLING' then
  conclude(id, job, 'CANCELLED')
  return 'CANCELLED'
end
let_go(id, job)
redis.call('HINCRBY', job, 'attempt', -1)
redis.call('HDEL', job, 'started_at', 'progress')
redis.call('HSET', job, 'status', 'QUEUED')
push(id, true)
publish(job, '-', 'enqueued')
return 'QUEUED'
