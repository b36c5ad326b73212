#!lua
-- The mark that links to a job name: the one that it has, else the one given.
-- KEYS[1] key prefix
-- ARGV    1 job id  2 mark
-- Returns the mark | false when there is no such job.
local job = job_key(ARGV[1])
if redis.call('EXISTS', job) == 0 then
  return false
end
redis.call('HSETNX', job, 'links', ARGV[2])
return redis.call('HGET', job, 'links')
