#!lua flags=allow-oom
-- Asks for a job's end. One that does not run ends here; for one that runs its worker is told.
-- KEYS[1] key prefix
-- ARGV    1 job id
-- Returns the newest event | false when there is no such job. A finished job stays as it is.
local job = load(ARGV[1])
if not job then
  return false
end
if job.status == 'SCHEDULED' or job.status == 'QUEUED' or job.status == 'RETRYING' then
  conclude(job, 'CANCELLED')
elseif job.status == 'RUNNING' then
  set(job, 'status', 'CANCELLING')
  publish(job, '-', 'cancelling')
  redis.call(PUBLISH, PREFIX .. 'control', job.id)
end
return latest(job.id)
