#!lua flags=allow-oom
-- Reads which channels of a feed changed after a revision, oldest change first, with the newest
-- event of each; and has the feed written for as long as is said below, so that the next call
-- can tell what changed since.
-- KEYS[1] feed   KEYS[2] channel of an event that was read before the revision, if any
-- ARGV    1 revision  2 most channels; 0: the newest only, to know the feed by
--         3 era that the revision is of, '' if none  4 name for an era that begins now
--         5 offset and 6 stamp of that event
-- Returns {era, newest revision of the feed, revision up to which the rest tells all,
--          revision after which the rest begins,
--          revision, channel, event, revision, channel, event, …}
-- A removed channel has no row, so the number of rows does not say whether there are more.
-- Where the era is another one, the feed was not written for a while; where that event is not
-- kept, the revision may count in a history that a failover lost. Then the rest begins at the
-- beginning.

-- Ten times the time in which whoever follows a feed calls this again (feed.py).
local FOLLOWED_MS = 600000

local followed = KEYS[1] .. ':followed'
local era = redis.call('GET', followed)
if era then
  redis.call('PEXPIRE', followed, FOLLOWED_MS)
else
  era = ARGV[4]
  redis.call('SET', followed, era, 'PX', FOLLOWED_MS)
end
local newest = redis.call('GET', KEYS[1] .. ':revision') or '0'
local after = ARGV[1]
if tonumber(newest) < tonumber(after) or era ~= ARGV[3]
  or (KEYS[2] and keeps(KEYS[2], tonumber(ARGV[5]), ARGV[6]) ~= 'yes') then
  after = '0'
end
local rows
if ARGV[2] == '0' then
  rows = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')
else
  rows = redis.call('ZRANGE', KEYS[1], '(' .. after, '+inf', 'BYSCORE', 'LIMIT', 0, ARGV[2],
    'WITHSCORES')
end
local full = #rows > 0 and #rows == 2 * tonumber(ARGV[2])
local reply = {era, newest, full and rows[#rows] or newest, after}
for i = 1, #rows, 2 do
  local event = redis.call('LINDEX', rows[i] .. ':history', -1)
  if event then
    reply[#reply + 1] = rows[i + 1]
    reply[#reply + 1] = rows[i]
    reply[#reply + 1] = event
  end
end
return reply
