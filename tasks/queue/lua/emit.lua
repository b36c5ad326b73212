#!lua flags=allow-oom
-- Adds an event of a running attempt: progress, partial output or a log line.
-- KEYS[1] key prefix
-- ARGV    1 job id  2 fence  3 sequence number in this attempt  4 kind  5 event type
--         6 data (JSON)  7 progress (JSON) or ''  8 '1' when the record stays as it was
-- Returns the job's status | 'superseded'. A repeated sequence number changes nothing.
local job = held(ARGV[1], ARGV[2])
if not job then
  return 'superseded'
end
if tonumber(ARGV[3]) > tonumber(job.sequence) then
  set(job, 'sequence', ARGV[3])
  if ARGV[7] ~= '' then
    set(job, 'progress', ARGV[7])
  end
  publish(job, ARGV[4], ARGV[5], ARGV[6], ARGV[8] == '1')
end
return job.status
