#!lua flags=allow-oom
-- Which of a worker's jobs someone wants cancelled: for a worker that missed the message.
-- KEYS[1] key prefix
-- ARGV    1 worker
-- Returns {job id, …}
local ids = {}
for _, id in ipairs(redis.call('SMEMBERS', running_key(ARGV[1]))) do
  if redis.call('HGET', job_key(id), 'status') == 'CANCELLING' then
    ids[#ids + 1] = id
  end
end
return ids
