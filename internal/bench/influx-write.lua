-- wrk script: what post-event.lua sends, as one line of InfluxDB's protocol.
local sent = 0

request = function()
  sent = sent + 1
  local state = sent % 2 == 0 and "deploy" or "issue"
  local body = string.format('report,service_name=service-%04d state="%s" %d', math.random(0, 999), state, os.time())
  return wrk.format("POST", nil, {}, body)
end
