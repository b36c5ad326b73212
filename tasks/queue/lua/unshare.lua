#!lua flags=allow-oom
-- Revokes all links to a job, by throwing away the mark that they name.
-- KEYS[1] key prefix
-- ARGV    1 job id
-- Returns 1 | 0 when there is no such job.
local job = job_key(ARGV[1])
redis.call('HDEL', job, 'links')
return redis.call('EXISTS', job)
