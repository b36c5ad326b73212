#!lua flags=allow-oom
-- Gives a claimed job back, to the front of the queue, as if the attempt had never begun. The
-- fence stays, so the old holder can write nothing more.
-- KEYS[1] key prefix
-- ARGV    1 job id  2 fence
-- Returns the status that the job has now | 'superseded'
local job = held(ARGV[1], ARGV[2])
if not job then
  return 'superseded'
end
if job.status == 'CANCELLING' then
  conclude(job, 'CANCELLED')
  return 'CANCELLED'
end
let_go(job)
set(job, 'attempt', integer(job.attempt - 1))
unset(job, 'started_at')
unset(job, 'progress')
set(job, 'status', 'QUEUED')
push(job, true)
publish(job, '-', 'enqueued')
return 'QUEUED'
