#!lua
-- Publishes one event of a caller who has nothing else to change with it.
-- KEYS[1] channel   KEYS[2…] feeds
-- ARGV    1 epoch seed  2 kind  3 payload
-- Returns the event as stored.
EPOCH_SEED = ARGV[1]
local f = redis.call('HMGET', KEYS[1], 'epoch', 'offset', 'bytes')
local head = {epoch = f[1], offset = f[2], bytes = f[3]}
local encoded = append(KEYS[1], head, ARGV[2], ARGV[3])
keep(KEYS[1], head, {})
for i = 2, #KEYS do
  notify(KEYS[i], KEYS[1], encoded, head.offset == '1')
end
return encoded
