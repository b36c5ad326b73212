#!lua flags=no-writes
-- How a queue stands, who works on it, and what happened lately.
-- KEYS[1] key prefix
-- ARGV    1 number of the first minute wanted (minutes since 1970)  2 most minutes
--         3 most workers  4 most running jobs of each  5 most running jobs in all
-- Returns {now (ms), paused since (ms) or '', waiting, scheduled, running,
--          newest event of the job that is next in line or '', number of workers,
--          {worker, …}, {minute, …}}
--   worker: {id, lease's end (ms), running, card (JSON) or '', {record, epoch, offset, …}}
--   minute: {number, enqueued, {field, value, …}}; the last one is not over
local MINUTE_MS = 60000
-- Entries of cancelled jobs stand in the queue until a worker comes by; no more are skipped here.
local LOOKED_AT = 100

local oldest = ''
for _, id in ipairs(redis.call('LRANGE', QUEUED, 0, LOOKED_AT - 1)) do
  local f = redis.call('HMGET', job_key(id), 'status', 'scheduled_for')
  if f[1] == 'QUEUED' or (f[1] == 'RETRYING' and not f[2]) then
    oldest = latest(id)
    break
  end
end

local names = redis.call('ZRANGE', LEASES, 0, -1)
table.sort(names)
local running = 0
local workers = {}
local left = tonumber(ARGV[5])
for i, name in ipairs(names) do
  local count = redis.call('SCARD', running_key(name))
  running = running + count
  if i <= tonumber(ARGV[3]) then
    local ids = redis.call('SMEMBERS', running_key(name))
    table.sort(ids)
    local jobs = {}
    for n = 1, math.min(#ids, left, tonumber(ARGV[4])) do
      local job = load(ids[n])
      if job then
        left = left - 1
        jobs[#jobs + 1] = record(job)
        jobs[#jobs + 1] = job.epoch
        jobs[#jobs + 1] = job.offset
      end
    end
    workers[#workers + 1] = {name, redis.call('ZSCORE', LEASES, name), count,
      redis.call('GET', PREFIX .. 'worker:' .. name) or '', jobs}
  end
end

local minutes = {}
local last = math.floor(NOW / MINUTE_MS)
local first = math.min(math.max(tonumber(ARGV[1]), last - tonumber(ARGV[2]) + 1), last)
for minute = first, last do
  minutes[#minutes + 1] = {integer(minute),
    redis.call('ZCOUNT', PREFIX .. 'index:all', integer(minute * MINUTE_MS),
      integer((minute + 1) * MINUTE_MS - 1)),
    redis.call('HGETALL', PREFIX .. 'minute:' .. integer(minute))}
end

return {NOW_TEXT, redis.call('GET', PREFIX .. 'paused') or '', redis.call('LLEN', QUEUED),
  redis.call('ZCARD', SCHEDULED), running, oldest, #names, workers, minutes}
