#!lua flags=no-writes
-- Reads a page of a channel's history together with its newest event, so that no event can come
-- between the two.
-- KEYS[1] channel
-- ARGV    1 epoch asked for or ''  2 offset asked for  3 stamp asked for or '' (not known)
--         4 most events  5 most bytes
-- Returns false when there is no such channel, else
--         {reset reason or '', newest event, event, event, …}
local newest = redis.call('LINDEX', KEYS[1] .. ':history', -1)
if not newest then
  return false
end
if ARGV[1] == '' then
  return {'', newest}
end
local f = redis.call('HMGET', KEYS[1], 'epoch', 'offset')
local asked = tonumber(ARGV[2])
local offset = tonumber(f[2])
-- A position ahead of the newest event, or with another stamp, comes from a history that was
-- lost, at least in part.
if f[1] ~= ARGV[1] or asked > offset then
  return {'EPOCH_CHANGED', newest}
end
local same = (asked == 0 or ARGV[3] == '') and 'yes' or keeps(KEYS[1], asked, ARGV[3])
if same == 'no' then
  return {'EPOCH_CHANGED', newest}
end
local kept = redis.call('LLEN', KEYS[1] .. ':history')
local skip = asked - (offset - kept)
if skip < 0 or same == 'unknown' then
  return {'HISTORY_TRIMMED', newest}
end
local reply = {'', newest}
local bytes = 0
for _, event in ipairs(redis.call('LRANGE', KEYS[1] .. ':history', skip, skip + tonumber(ARGV[4]) - 1)) do
  bytes = bytes + #event
  if bytes > tonumber(ARGV[5]) and #reply > 2 then break end
  reply[#reply + 1] = event
end
return reply
