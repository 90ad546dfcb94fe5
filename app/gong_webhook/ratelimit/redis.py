"""Gong's limits for all pods that share a Redis."""

from __future__ import annotations

from app.gong_webhook.errors import BudgetSpent
from app.gong_webhook.namespace import PREFIX
from app.gong_webhook.ratelimit import DAY_SECONDS, LONGEST_PAUSE_SECONDS, Limits, Purpose, budget, clamped
from app.redis import CLOCK, READ, WRITE_ALWAYS, Client, Script

# `api-full`: as in ratelimit.Slot; `api-calls:<days since 1970>`: used on that day. A number goes out as text, because
# Lua's would be cut to whole seconds
_KEYS = f"""
local full = '{PREFIX}api-full'
local day = math.floor(now / {DAY_SECONDS})
local calls = '{PREFIX}api-calls:' .. string.format('%d', day)
local function keep(time) redis.call('SET', full, string.format('%.17g', time)) end
"""

# ARGV: budget, interval in seconds, burst; whether there is a slot, and seconds to wait for it or for a new budget
_ACQUIRE = (
    WRITE_ALWAYS
    + CLOCK
    + _KEYS
    + f"""
if tonumber(redis.call('GET', calls) or 0) >= tonumber(ARGV[1]) then
  return {{0, string.format('%.6f', (day + 1) * {DAY_SECONDS} - now)}}
end
local interval, latest = tonumber(ARGV[2]), tonumber(redis.call('GET', full) or 0)
local start = math.max(now, latest - (ARGV[3] - 1) * interval)
keep(math.max(start, latest) + interval)
redis.call('INCR', calls)
redis.call('EXPIRE', calls, {2 * DAY_SECONDS})
return {{1, string.format('%.6f', start - now)}}
"""
)

# ARGV: seconds, interval in seconds, burst
_PAUSE = (
    WRITE_ALWAYS
    + CLOCK
    + _KEYS
    + """
local latest = tonumber(redis.call('GET', full) or 0)
keep(math.max(latest, now + ARGV[1] + (ARGV[3] - 1) * ARGV[2]))
"""
)

_USED = READ + CLOCK + _KEYS + "return tonumber(redis.call('GET', calls) or 0)\n"


class RedisLimiter:
    def __init__(self, client: Client, limits: Limits) -> None:
        self._limits = clamped(limits)
        self._acquire = Script(client, _ACQUIRE)
        self._pause = Script(client, _PAUSE)
        self._used = Script(client, _USED)

    async def acquire(self, purpose: Purpose) -> float:
        given, seconds = await self._acquire(budget(purpose, self._limits), *self._rate())
        if not given:
            raise BudgetSpent(float(seconds))
        return float(seconds)

    async def pause(self, seconds: float) -> None:
        await self._pause(min(seconds, LONGEST_PAUSE_SECONDS), *self._rate())

    async def remaining(self) -> int:
        return max(0, self._limits.daily - int(await self._used()))

    def _rate(self) -> tuple[float, int]:
        return 1 / self._limits.per_second, self._limits.burst
