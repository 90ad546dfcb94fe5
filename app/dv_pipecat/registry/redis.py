"""Sessions in a Redis that all pods share, timed by its clock: each key lives as long as what it holds is to be known.

Of each session there is a hash, with the digest of its token, those of tokens used before, and whether it has ended;
and a text with its state, which is gone when the session can no longer be claimed. What somebody else has put under
these keys is no session: it is overwritten, and opens nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.dv_pipecat.errors import NotResumable, Stale
from app.dv_pipecat.registry import CLAIMABLE_FOR, MOST_USED, TOMBSTONE_SECONDS, Held, Kept, Saved
from app.dv_pipecat.tokens import Token
from app.redis import WRITE, WRITE_ALWAYS, Client, Script

_DIGEST_CHARS = 64

_KEYS = """
local function keys(id) return 'dv-pipecat:{' .. id .. '}:session', 'dv-pipecat:{' .. id .. '}:state' end
local function read(command, key, ...)
  local found = redis.pcall(command, key, ...)
  if type(found) == 'table' and found.err then
    if not string.find(found.err, 'WRONGTYPE', 1, true) then error(found) end
    redis.call('DEL', key)
    found = redis.call(command, key, ...)
  end
  return found
end
local function known(session) return unpack(read('HMGET', session, 'digest', 'ended', 'used')) end
"""

# ARGV: milliseconds to be claimable, and to be known, then id, digest, '1' and the state or '0' and '' of each; ids of
# those that are not the caller's, and of those that are not there
_SAVE = (
    WRITE
    + _KEYS
    + """
local claimed, lost = {}, {}
for at = 3, #ARGV, 4 do
  local id, digest = ARGV[at], ARGV[at + 1]
  local session, state = keys(id)
  local current, ended = known(session)
  if ended or current and current ~= digest then
    claimed[#claimed + 1] = id
  elseif ARGV[at + 2] == '1' then
    redis.call('HSET', session, 'digest', digest)
    redis.call('PEXPIRE', session, ARGV[2])
    redis.call('SET', state, ARGV[at + 3], 'PX', ARGV[1])
  elseif current and redis.call('PEXPIRE', state, ARGV[1]) == 1 then
    redis.call('PEXPIRE', session, ARGV[2])
  else
    lost[#lost + 1] = id
  end
end
return {claimed, lost}
"""
)

# ARGV: id, digest, digest of the renewed token, milliseconds as above; the state, or false and why there is none.
# Who finds the renewed token there has sent this twice, because the connection was lost before the answer came
_CLAIM = (
    WRITE_ALWAYS
    + _KEYS
    + f"""
local given, renewed = ARGV[2], ARGV[3]
local session, state = keys(ARGV[1])
local current, ended, used = known(session)
used = used or ''
if not current then return {{false, 'unknown'}} end
if current ~= given and current ~= renewed then
  return {{false, string.find(used, given, 1, true) and 'used' or 'unknown'}}
end
if ended then return {{false, 'ended'}} end
local words = read('GET', state)
if not words then return {{false, 'expired'}} end
if current == given then
  used = string.sub(given .. ' ' .. used, 1, {MOST_USED * (_DIGEST_CHARS + 1)})
  redis.call('HSET', session, 'digest', renewed, 'used', used)
end
redis.call('PEXPIRE', state, ARGV[4])
redis.call('PEXPIRE', session, ARGV[5])
return {{words}}
"""
)

# ARGV: milliseconds to be known, then id, digest of each
_END = (
    WRITE_ALWAYS
    + _KEYS
    + """
for at = 2, #ARGV, 2 do
  local session, state = keys(ARGV[at])
  if (known(session) or ARGV[at + 1]) == ARGV[at + 1] then
    redis.call('HSET', session, 'digest', ARGV[at + 1], 'ended', 1)
    redis.call('PEXPIRE', session, ARGV[1])
    redis.call('DEL', state)
  end
end
"""
)


class RedisRegistry:
    def __init__(self, client: Client, resume_seconds: float) -> None:
        claimable = resume_seconds * CLAIMABLE_FOR
        self._times = (_milliseconds(claimable), _milliseconds(claimable + TOMBSTONE_SECONDS))
        self._save = Script(client, _SAVE)
        self._claim = Script(client, _CLAIM)
        self._end = Script(client, _END)

    async def save(self, batch: Sequence[Kept]) -> Saved:
        entries = [
            part
            for session_id, digest, state in batch
            for part in (session_id, digest, *(("0", b"") if state is None else ("1", state)))
        ]
        claimed, lost = await self._save(*self._times, *entries)
        return Saved([each.decode() for each in claimed], [each.decode() for each in lost])

    async def claim(self, token: Token, renewed: Token) -> bytes:
        state, *why = await self._claim(token.session_id, token.digest, renewed.digest, *self._times)
        if state is None:
            raise NotResumable(Stale(why[0].decode()))
        return bytes(state)

    async def end(self, batch: Sequence[Held]) -> None:
        await self._end(_milliseconds(TOMBSTONE_SECONDS), *(part for held in batch for part in held))


def _milliseconds(seconds: float) -> int:
    """At least one: Redis takes no less."""
    return max(1, int(seconds * 1000))
