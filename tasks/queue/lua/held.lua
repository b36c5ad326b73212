#!lua flags=allow-oom
-- What a worker holds by the records: for a worker to find claims whose reply it never got.
-- KEYS[1] key prefix
-- ARGV    1 worker
-- Returns {claim, claim, …}
local claims = {}
for _, id in ipairs(redis.call('SMEMBERS', running_key(ARGV[1]))) do
  local job = load(id)
  if job and job.worker == ARGV[1] and is_held(job) then
    claims[#claims + 1] = claim(job)
  else
    redis.call('SREM', running_key(ARGV[1]), id)
  end
end
return claims
