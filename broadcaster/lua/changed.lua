#!lua flags=no-writes
-- Reads which channels of a feed changed after a revision, oldest change first, with the newest
-- event of each.
-- KEYS[1] feed
-- ARGV    1 revision  2 most channels
-- Returns {newest revision of the feed, revision, channel, event, revision, channel, event, …}
local reply = {redis.call('GET', KEYS[1] .. ':revision') or '0'}
local rows = redis.call('ZRANGE', KEYS[1], '(' .. ARGV[1], '+inf', 'BYSCORE', 'LIMIT', 0,
  ARGV[2], 'WITHSCORES')
for i = 1, #rows, 2 do
  local event = redis.call('LINDEX', rows[i] .. ':history', -1)
  if event then
    reply[#reply + 1] = rows[i + 1]
    reply[#reply + 1] = rows[i]
    reply[#reply + 1] = event
  end
end
return reply
