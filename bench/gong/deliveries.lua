-- Sends each prepared request once, then stops: a request sent twice would be a duplicate, which costs less.
local requests, at = {}, 0

function init(arguments)
   local file = assert(io.open(arguments[1], "rb"))
   while true do
      local size = file:read(8)
      if not size then break end
      requests[#requests + 1] = file:read(tonumber(size))
   end
   file:close()
end

function request()
   at = at + 1
   if at >= #requests then wrk.thread:stop() end
   return requests[math.min(at, #requests)]
end
