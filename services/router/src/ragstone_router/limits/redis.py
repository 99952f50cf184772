"""Limits counted in Redis, for all routers of a deployment. Needs the extra ``cluster``.

A window is a hash with what was used; what is set aside in it is a second hash by reservation, whose values carry the
time at which they lapse. Both are kept for a day after the window. Every step is one script, which Redis runs alone.
"""

import time
from collections.abc import Callable, Sequence

from redis.asyncio import BlockingConnectionPool, Redis
from redis.exceptions import RedisError

from ragstone_contracts.errors import Unavailable
from ragstone_router.limits.port import TOLERANCE, refusal
from ragstone_router.limits.rules import Amounts, Window

_KEEP_SECONDS = 86_400
_CONNECTIONS = 32
_SECONDS = 5.0

_RESERVED = """
local function reserved(key, now, except)
    local sum, all = 0, redis.call('HGETALL', key)
    for i = 1, #all, 2 do
        local amount, lapses = string.match(all[i + 1], '([^ ]+) ([^ ]+)')
        if tonumber(lapses) <= now then redis.call('HDEL', key, all[i])
        elseif all[i] ~= except then sum = sum + tonumber(amount) end
    end
    return sum
end
"""

# KEYS: for each window that of its sum and that of its reservations.
# ARGV: reservation, now, lapse, then for each window its most, the wanted amount, the seconds to keep it.
_RESERVE = (
    _RESERVED
    + """
local name, now, lapses = ARGV[1], tonumber(ARGV[2]), ARGV[3]
local counted = {0}
for i = 1, #KEYS / 2 do
    local used = tonumber(redis.call('GET', KEYS[2 * i - 1]) or '0') + reserved(KEYS[2 * i], now, name)
    if used + tonumber(ARGV[3 * i + 2]) > tonumber(ARGV[3 * i + 1]) then return {i, tostring(used)} end
    counted[i + 1] = tostring(used + tonumber(ARGV[3 * i + 2]))
end
for i = 1, #KEYS / 2 do
    redis.call('HSET', KEYS[2 * i], name, ARGV[3 * i + 2] .. ' ' .. lapses)
    redis.call('EXPIRE', KEYS[2 * i], ARGV[3 * i + 3])
end
return counted
"""
)

# KEYS as above, and the mark that it was settled.
# ARGV: reservation, seconds to keep the mark, then for each window the amount and the seconds to keep it.
_SETTLE = """
if not redis.call('SET', KEYS[#KEYS], '1', 'NX', 'EX', ARGV[2]) then return 0 end
for i = 1, (#KEYS - 1) / 2 do
    redis.call('HDEL', KEYS[2 * i], ARGV[1])
    redis.call('INCRBYFLOAT', KEYS[2 * i - 1], ARGV[2 * i + 1])
    redis.call('EXPIRE', KEYS[2 * i - 1], ARGV[2 * i + 2])
end
return 1
"""

_USED = (
    _RESERVED
    + """
local found = {}
for i = 1, #KEYS / 2 do
    found[i] = tostring(tonumber(redis.call('GET', KEYS[2 * i - 1]) or '0')
        + reserved(KEYS[2 * i], tonumber(ARGV[1]), ''))
end
return found
"""
)


class RedisLimitStore:
    """Raises Unavailable when Redis does not answer: what cannot be counted is not spent."""

    def __init__(self, url: str, clock: Callable[[], float] = time.time) -> None:
        # Those that find every connection taken wait their turn; the plain pool would turn them away.
        pool = BlockingConnectionPool.from_url(
            url, max_connections=_CONNECTIONS, timeout=_SECONDS, decode_responses=True, socket_timeout=_SECONDS
        )
        self._redis = Redis(connection_pool=pool)
        self._clock = clock
        self._reserve = self._redis.register_script(_RESERVE)
        self._settle = self._redis.register_script(_SETTLE)
        self._used = self._redis.register_script(_USED)

    async def reserve(
        self, reservation: str, windows: Sequence[Window], amounts: Amounts, seconds: float
    ) -> list[float]:
        if not windows:
            return []
        now = self._clock()
        arguments: list[str | float] = [reservation, now, now + seconds]
        for window in windows:
            arguments += [window.most * (1 + TOLERANCE), amounts.of(window.measure), _keep(window, now)]
        refused, *used = await self._run(self._reserve, _keys(windows), arguments)
        if refused:
            window = windows[int(refused) - 1]
            raise refusal(window, amounts.of(window.measure), float(used[0]), now)
        return [float(one) for one in used]

    async def settle(self, reservation: str, windows: Sequence[Window], used: Amounts) -> None:
        if not windows:
            return
        now = self._clock()
        arguments: list[str | float] = [reservation, _KEEP_SECONDS]
        for window in windows:
            arguments += [used.of(window.measure), _keep(window, now)]
        await self._run(self._settle, [*_keys(windows), f"ragstone:settled:{reservation}"], arguments)

    async def used(self, windows: Sequence[Window]) -> list[float]:
        if not windows:
            return []
        return [float(one) for one in await self._run(self._used, _keys(windows), [self._clock()])]

    async def close(self) -> None:
        await self._redis.aclose()
        await self._redis.connection_pool.disconnect()

    async def _run(self, script: Callable[..., object], keys: list[str], arguments: list[str | float]) -> list[str]:
        try:
            return await script(keys=keys, args=arguments)  # type: ignore[misc, no-any-return]
        except RedisError as error:
            raise Unavailable("the budgets cannot be counted: Redis does not answer") from error


def _keys(windows: Sequence[Window]) -> list[str]:
    return [key for window in windows for key in (f"ragstone:used:{window.key}", f"ragstone:reserved:{window.key}")]


def _keep(window: Window, now: float) -> int:
    return max(0, int(window.ends - now)) + _KEEP_SECONDS
