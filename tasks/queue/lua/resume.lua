#!lua flags=allow-oom
-- Lets workers begin the queue's jobs again, and wakes one; a pop that leaves jobs wakes the next.
-- KEYS[1] key prefix
-- Returns 1
redis.call('DEL', PREFIX .. 'paused')
if redis.call('LLEN', QUEUED) > 0 then
  wake()
end
return 1
