"""The board in Redis, for all routers of a deployment. Needs the extra ``cluster``.

A hash by deployment of the time, by Redis's own clock, until which it is to be left alone. One script does it all.
"""

from collections.abc import Collection, Mapping

from redis.asyncio import Redis
from redis.exceptions import RedisError

from ragstone_contracts.errors import Unavailable

_KEY = "ragstone:breakers"
_SECONDS = 2.0

# ARGV: how many are closed, their names, then for each one that is open its name and the milliseconds.
_EXCHANGE = """
local time = redis.call('TIME')
local now, closed = time[1] * 1000 + math.floor(time[2] / 1000), tonumber(ARGV[1])
for i = 2, closed + 1 do redis.call('HDEL', KEYS[1], ARGV[i]) end
for i = closed + 2, #ARGV, 2 do
    local before = tonumber(redis.call('HGET', KEYS[1], ARGV[i]) or '0')
    redis.call('HSET', KEYS[1], ARGV[i], string.format('%.0f', math.max(before, now + tonumber(ARGV[i + 1]))))
end
local found, all = {}, redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
    local left = tonumber(all[i + 1]) - now
    if left <= 0 then redis.call('HDEL', KEYS[1], all[i])
    else
        found[#found + 1] = all[i]
        found[#found + 1] = string.format('%.0f', left)
    end
end
return found
"""


class RedisBreakerBoard:
    def __init__(self, url: str) -> None:
        self._redis: Redis = Redis.from_url(
            url, decode_responses=True, socket_timeout=_SECONDS, socket_connect_timeout=_SECONDS
        )
        self._exchange = self._redis.register_script(_EXCHANGE)

    async def exchange(self, opened: Mapping[str, float], closed: Collection[str]) -> Mapping[str, float]:
        arguments: list[str | int] = [len(closed), *closed]
        for name, seconds in opened.items():
            arguments += [name, round(seconds * 1000)]
        try:
            found: list[str] = await self._exchange(keys=[_KEY], args=arguments)
        except RedisError as error:
            raise Unavailable("breakers are not shared: Redis does not answer") from error
        return {name: int(left) / 1000 for name, left in zip(found[::2], found[1::2], strict=True)}

    async def close(self) -> None:
        await self._redis.aclose()
