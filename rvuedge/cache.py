"""A Redis cache that may die or hang without a visitor noticing.

Django's RedisCache raises when its server does not answer. What is cached here can always be
computed again, so a server that fails counts as an empty cache, and is left alone for a while:
otherwise each of a page's questions would wait for it anew.
"""

import logging
import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

logger = logging.getLogger(__name__)

PATIENCE = 0.1  # seconds for connecting, and again for an answer
PAUSE = 5.0  # seconds without asking, after a failure

# When each server may be asked again. For all threads together: each has a client of its own.
_resting: dict[tuple[str, ...], float] = {}


def guarded(method: Callable[..., Any], otherwise: Callable[..., Any]) -> Callable[..., Any]:
    """Return the client's method, made to answer otherwise(*args) while the server does not."""

    @wraps(method)
    def ask(client: "GuardedClient", *args: Any) -> Any:
        server = tuple(client._servers)
        if time.monotonic() < _resting.get(server, 0):
            return otherwise(*args)
        try:
            return method(client, *args)
        except (RedisError, OSError) as error:
            _resting[server] = time.monotonic() + PAUSE
            logger.warning("The cache does not answer, doing without it: %s", error)
            return otherwise(*args)

    return ask


class GuardedClient(RedisCacheClient):
    def __init__(self, servers: list[str], **options: Any) -> None:
        defaults = {
            "socket_connect_timeout": PATIENCE,
            "socket_timeout": PATIENCE,
            "retry": Retry(NoBackoff(), 0),
        }
        super().__init__(servers, **{**defaults, **options})

    get = guarded(RedisCacheClient.get, lambda key, default: default)
    get_many = guarded(RedisCacheClient.get_many, lambda keys: {})
    has_key = guarded(RedisCacheClient.has_key, lambda key: False)
    add = guarded(RedisCacheClient.add, lambda key, value, timeout: True)
    set = guarded(RedisCacheClient.set, lambda key, value, timeout: None)
    set_many = guarded(RedisCacheClient.set_many, lambda data, timeout: None)
    touch = guarded(RedisCacheClient.touch, lambda key, timeout: False)
    incr = guarded(RedisCacheClient.incr, lambda key, delta: delta)  # as if counting began now
    delete = guarded(RedisCacheClient.delete, lambda key: False)
    delete_many = guarded(RedisCacheClient.delete_many, lambda keys: None)
    clear = guarded(RedisCacheClient.clear, lambda: False)


class GuardedRedisCache(RedisCache):
    """RedisCache that answers like an empty cache while its server does not."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = GuardedClient
