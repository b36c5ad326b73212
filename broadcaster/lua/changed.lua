#!lua flags=no-writes
-- Reads which channels of a feed changed after a revision, oldest change first, with the newest
-- event of each.
-- KEYS[1] feed
-- ARGV    1 revision  2 most channels
-- Returns {newest revision of the feed, revision up to which the rest tells all,
--          revision, channel, event, revision, channel, event, …}
-- A removed channel has no row, so the number of rows does not say whether there are more.
local newest = redis.call('GET', KEYS[1] .. ':revision') or '0'
local rows = redis.call('ZRANGE', KEYS[1], '(' .. ARGV[1], '+inf', 'BYSCORE', 'LIMIT', 0,
  ARGV[2], 'WITHSCORES')
local full = #rows > 0 and #rows == 2 * tonumber(ARGV[2])
local reply = {newest, full and rows[#rows] or newest}
for i = 1, #rows, 2 do
  local event = redis.call('LINDEX', rows[i] .. ':history', -1)
  if event then
    reply[#reply + 1] = rows[i + 1]
    reply[#reply + 1] = rows[i]
    reply[#reply + 1] = event
  end
end
return reply
