#!lua flags=allow-oom
-- Adds events of a running attempt, in their order: progress, partial output, log lines.
-- KEYS[1] key prefix
-- ARGV    1 job id  2 fence  3 sequence number, in this attempt, of the first event
--         then for each event: kind, event type, data (JSON), progress (JSON) or '',
--         '1' when the record stays as it was
-- Returns the job's status | 'superseded'. A repeated sequence number changes nothing.
local EACH = 5
local job = held(ARGV[1], ARGV[2])
if not job then
  return 'superseded'
end
local first = tonumber(ARGV[3])
local last = first + (#ARGV - 3) / EACH - 1
local known = tonumber(job.sequence)
if last > known then
  for number = math.max(first, known + 1), last do
    local i = 4 + (number - first) * EACH
    if ARGV[i + 3] ~= '' then
      set(job, 'progress', ARGV[i + 3])
    end
    tell(job, ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 4] == '1')
  end
  set(job, 'sequence', integer(last))
  save(job)
end
return job.status
