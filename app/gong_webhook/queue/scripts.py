"""The Redis queue's operations, one Lua script each, so that each is done wholly or not at all.

`due` orders all jobs by the time at which they may be taken: now, after a delay, or when a lease runs out.
`received` orders those that do not wait for Gong by when they came in; `dead` orders dead letters by when they died.
A job's hash keeps the delivery, the fencing token and the counters, `calls` the number of jobs of each call. `seen`
keys are what remains of a job that is done.
"""

from __future__ import annotations

from app.gong_webhook.namespace import PREFIX
from app.redis import CLOCK, READ, WRITE, WRITE_ALWAYS

_KEYS = f"""
local due, received, dead = '{PREFIX}due', '{PREFIX}received', '{PREFIX}dead'
local function job(id) return '{PREFIX}job:' .. id end
local function seen(id) return '{PREFIX}seen:' .. id end
local calls = '{PREFIX}calls'
local function count_call(id, change)
  local call = string.match(id, '^(.*):')
  if redis.call('HINCRBY', calls, call, change) <= 0 then redis.call('HDEL', calls, call) end
end
local function held(id, lease) return redis.call('HGET', job(id), 'lease') == lease end
"""

# a script without `allow-oom` is refused wherever a write would be: memory, replicas, disk
PING = WRITE + "return 1"

# ARGV: limit, milliseconds to remember, then id, received at, delivery of each; nil where the limit forbids it
PUT = (
    WRITE
    + _KEYS
    + CLOCK
    + """
local answers, fresh, batch = {}, {}, {}
for at = 3, #ARGV, 3 do
  local id = ARGV[at]
  if batch[id] or redis.call('EXISTS', job(id), seen(id)) > 0 then
    answers[#answers + 1] = 0
  else
    answers[#answers + 1] = 1
    fresh[#fresh + 1] = at
    batch[id] = true
  end
end
if #fresh > 0 and redis.call('ZCARD', due) + #fresh > tonumber(ARGV[1]) then
  return false
end
for _, at in ipairs(fresh) do
  local id = ARGV[at]
  redis.call('HSET', job(id), 'delivery', ARGV[at + 2], 'received', ARGV[at + 1], 'lease', '',
    'attempts', 0, 'waits', 0, 'takes', 0)
  redis.call('ZADD', due, now, id)
  redis.call('ZADD', received, ARGV[at + 1], id)
  redis.call('SET', seen(id), '', 'PX', ARGV[2])
  count_call(id, 1)
end
return answers
"""
)

# ARGV: most, lease in seconds, fencing token; id, delivery, attempts, waits, takes of each. A job whose hash is gone
# was evicted, against this queue's advice: its id is dropped, or it would come up for ever
TAKE = (
    WRITE_ALWAYS
    + _KEYS
    + CLOCK
    + """
local taken = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', due, '-inf', now, 'LIMIT', 0, ARGV[1])) do
  if redis.call('EXISTS', job(id)) == 1 then
    redis.call('ZADD', due, now + ARGV[2], id)
    redis.call('HSET', job(id), 'lease', ARGV[3])
    redis.call('HINCRBY', job(id), 'takes', 1)
    taken[#taken + 1] = {id, unpack(redis.call('HMGET', job(id), 'delivery', 'attempts', 'waits', 'takes'))}
  else
    redis.call('ZREM', due, id)
    redis.call('ZREM', received, id)
    count_call(id, -1)
  end
end
return taken
"""
)

# ARGV: lease in seconds, then id, fencing token of each; 1 or 0 for each
RENEW = (
    WRITE_ALWAYS
    + _KEYS
    + CLOCK
    + """
local answers = {}
for at = 2, #ARGV, 2 do
  local mine = held(ARGV[at], ARGV[at + 1])
  if mine then
    redis.call('ZADD', due, now + ARGV[1], ARGV[at])
  end
  answers[#answers + 1] = mine and 1 or 0
end
return answers
"""
)

# ARGV: id, fencing token of each; how many
DONE = (
    WRITE_ALWAYS
    + _KEYS
    + """
local count = 0
for at = 1, #ARGV, 2 do
  if held(ARGV[at], ARGV[at + 1]) then
    redis.call('DEL', job(ARGV[at]))
    redis.call('ZREM', due, ARGV[at])
    redis.call('ZREM', received, ARGV[at])
    count_call(ARGV[at], -1)
    count = count + 1
  end
end
return count
"""
)

# ARGV: id, fencing token, delay in seconds, attempts, waits of each; how many
POSTPONE = (
    WRITE_ALWAYS
    + _KEYS
    + CLOCK
    + """
local count = 0
for at = 1, #ARGV, 5 do
  local id, attempts, waits = ARGV[at], ARGV[at + 3], ARGV[at + 4]
  if held(id, ARGV[at + 1]) then
    local before = redis.call('HMGET', job(id), 'attempts', 'waits', 'takes')
    local takes = before[1] == attempts and before[2] == waits and before[3] - 1 or 0
    redis.call('HSET', job(id), 'lease', '', 'attempts', attempts, 'waits', waits, 'takes', takes)
    redis.call('ZADD', due, now + ARGV[at + 2], id)
    if tonumber(waits) > 0 then
      redis.call('ZREM', received, id)
    end
    count = count + 1
  end
end
return count
"""
)

# ARGV: reason, then id, fencing token of each; how many
BURY = (
    WRITE_ALWAYS
    + _KEYS
    + CLOCK
    + """
local count = 0
for at = 2, #ARGV, 2 do
  local id = ARGV[at]
  if held(id, ARGV[at + 1]) then
    redis.call('HSET', job(id), 'lease', '', 'reason', ARGV[1])
    redis.call('ZREM', due, id)
    redis.call('ZREM', received, id)
    redis.call('ZADD', dead, now, id)
    count = count + 1
  end
end
return count
"""
)

# ARGV: call ids; 1 or 0 for each
HOLDS = (
    READ
    + _KEYS
    + """
local answers = {}
for at = 1, #ARGV do
  answers[at] = redis.call('HEXISTS', calls, ARGV[at])
end
return answers
"""
)

# jobs, seconds since the oldest came in as text, dead letters
DEPTH = (
    READ
    + _KEYS
    + CLOCK
    + """
local oldest = redis.call('ZRANGE', received, 0, 0, 'WITHSCORES')[2]
local seconds = oldest and math.max(0, now - oldest) or 0
return {redis.call('ZCARD', due), string.format('%.6f', seconds), redis.call('ZCARD', dead)}
"""
)

# ARGV: most; id, died at, delivery, reason, attempts of each
DEAD_LETTERS = (
    READ
    + _KEYS
    + """
local found = redis.call('ZREVRANGEBYSCORE', dead, '+inf', '-inf', 'WITHSCORES', 'LIMIT', 0, ARGV[1])
local letters = {}
for at = 1, #found, 2 do
  local kept = redis.call('HMGET', job(found[at]), 'delivery', 'reason', 'attempts')
  if kept[1] then
    letters[#letters + 1] = {found[at], found[at + 1], unpack(kept)}
  end
end
return letters
"""
)

# ARGV: ids; how many
REPLAY = (
    WRITE_ALWAYS
    + _KEYS
    + CLOCK
    + """
local count = 0
for _, id in ipairs(ARGV) do
  local came = redis.call('HGET', job(id), 'received')
  if redis.call('ZREM', dead, id) == 1 and came then
    redis.call('HSET', job(id), 'attempts', 0, 'waits', 0, 'takes', 0)
    redis.call('HDEL', job(id), 'reason')
    redis.call('ZADD', due, now, id)
    redis.call('ZADD', received, came, id)
    count = count + 1
  end
end
return count
"""
)
