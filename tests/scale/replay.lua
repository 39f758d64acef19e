-- Sends the requests of a file (one JSON object a line is too slow to parse here: they come as a Lua table) in turn,
-- and prints one line with what was measured.
local requests, place

function init(arguments)
  requests = dofile(arguments[1])
  place = 0
  for index, one in ipairs(requests) do
    requests[index] = wrk.format(one.method, one.path, one.headers, one.body)
  end
end

function request()
  place = place % #requests + 1
  return requests[place]
end

function done(summary, latency)
  local failed = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write
  io.write(string.format("measured %d %d %d %d %d\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), failed + summary.errors.timeout))
end
