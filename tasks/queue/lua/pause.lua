#!lua flags=allow-oom
-- Lets workers begin no more of the queue's jobs: pop.lua looks whether the key is there.
-- KEYS[1] key prefix
-- Returns 1. A queue that is paused already keeps its time.
if redis.call('EXISTS', PREFIX .. 'paused') == 0 then
  redis.call('SET', PREFIX .. 'paused', integer(NOW))
end
return 1
