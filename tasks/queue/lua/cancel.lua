#!lua flags=allow-oom
-- Asks for a job's end. One that does not run ends here; for one that runs its worker is told.
-- KEYS[1] key prefix
-- ARGV    1 job id
-- Returns the newest event | false when there is no such job. A finished job stays as it is.
local id = ARGV[1]
local job = job_key(id)
local status = redis.call('HGET', job, 'status')
if not status then
  return false
end
if status == 'SCHEDULED' or status == 'QUEUED' or status == 'RETRYING' then
  conclude(id, job, 'CANCELLED')
elseif status == 'RUNNING' then
  redis.call('HSET', job, 'status', 'CANCELLING')
  publish(job, '-', 'cancelling')
  redis.call(PUBLISH, PREFIX .. 'control', id)
end
return latest(job)
