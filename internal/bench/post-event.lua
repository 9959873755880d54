-- wrk script: single POST /event over 1,000 services, each report in the current second.
local sent = 0

request = function()
  sent = sent + 1
  local state = sent % 2 == 0 and "deploy" or "issue"
  local body = string.format(
    '{"service_name":"service-%04d","state":"%s","timestamp":%d}', math.random(0, 999), state, os.time())
  return wrk.format("POST", "/event", { ["Content-Type"] = "application/json" }, body)
end
