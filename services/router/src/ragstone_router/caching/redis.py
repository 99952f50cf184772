"""Answers kept in Redis, for all routers of a deployment. Needs the extra ``cluster``.

An answer is a string that Redis lets lapse by itself. When it was last asked for, and how much it takes, stand in a
sorted set and a hash, by which the store keeps within its bounds even where Redis is told to drop nothing.
"""

import time
from collections.abc import Callable

import orjson
from redis.asyncio import BlockingConnectionPool, Redis
from redis.exceptions import RedisError

from ragstone_kit.logs import get_logger
from ragstone_router.caching.port import LARGEST_SHARE, Kept, size_of

_PREFIX = "ragstone:answers"
_CONNECTIONS = 32
_SECONDS = 0.5
"""Longer than this a request does not wait to learn whether its answer is kept."""

_log = get_logger(__name__)

# KEYS: the answer, when each was asked for last. ARGV: now.
_FIND = """
local found = redis.call('GET', KEYS[1])
if found then redis.call('ZADD', KEYS[2], 'XX', ARGV[1], KEYS[1]) end
return found
"""

# KEYS: the answer, when each was asked for last, what each takes, what all take.
# ARGV: the answer, now, milliseconds, what it takes, what all may take.
_KEEP = """
local function let_go(key)
    local size = redis.call('HGET', KEYS[3], key)
    if size then redis.call('DECRBY', KEYS[4], size) end
    redis.call('HDEL', KEYS[3], key)
    redis.call('ZREM', KEYS[2], key)
    redis.call('DEL', key)
end
let_go(KEYS[1])
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
redis.call('ZADD', KEYS[2], ARGV[2], KEYS[1])
redis.call('HSET', KEYS[3], KEYS[1], ARGV[4])
redis.call('INCRBY', KEYS[4], ARGV[4])
while tonumber(redis.call('GET', KEYS[4])) > tonumber(ARGV[5]) do
    let_go(redis.call('ZRANGE', KEYS[2], 0, 0)[1])
end
"""


class RedisAnswerStore:
    """``most`` is in bytes."""

    def __init__(self, url: str, most: int, clock: Callable[[], float] = time.time) -> None:
        pool = BlockingConnectionPool.from_url(
            url, max_connections=_CONNECTIONS, timeout=_SECONDS, socket_timeout=_SECONDS
        )
        self._redis = Redis(connection_pool=pool)
        self._most = most
        self._clock = clock
        self._find = self._redis.register_script(_FIND)
        self._keep = self._redis.register_script(_KEEP)

    async def find(self, key: str) -> Kept | None:
        try:
            found = await self._find(keys=[f"{_PREFIX}:{key}", f"{_PREFIX}.used"], args=[self._clock()])
        except RedisError as error:
            _log.warning("kept answers cannot be looked up: Redis does not answer", error=str(error))
            return None
        kept = None if found is None else _unpacked(found)
        # Redis goes by its own clock; the store goes by the one it was given.
        return kept[0] if kept is not None and kept[1] > self._clock() else None

    async def keep(self, key: str, kept: Kept, seconds: float) -> None:
        size = size_of(kept)
        if size > self._most // LARGEST_SHARE:
            return
        now = self._clock()
        names = [f"{_PREFIX}:{key}", *(f"{_PREFIX}.{one}" for one in ("used", "sizes", "bytes"))]
        try:
            packed = _packed(kept, now + seconds)
            await self._keep(keys=names, args=[packed, now, max(1, int(seconds * 1000)), size, self._most])
        except RedisError as error:
            _log.warning("an answer is not kept: Redis does not answer", error=str(error))

    async def close(self) -> None:
        await self._redis.aclose()
        await self._redis.connection_pool.disconnect()


def _packed(kept: Kept, until: float) -> bytes:
    head = orjson.dumps({"model": kept.model, "at": kept.at, "until": until})
    return head + b"\n" + kept.body


def _unpacked(packed: bytes) -> tuple[Kept, float]:
    head, _, body = packed.partition(b"\n")
    said = orjson.loads(head)
    return Kept(body, said["model"], said["at"]), said["until"]
