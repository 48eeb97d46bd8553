"""The Redis cache with a server that answers, that is dead, and that hangs."""

import socket
import time

import pytest

from rvuedge import cache as guarded
from rvuedge.cache import GuardedRedisCache


@pytest.fixture(autouse=True)
def nobody_rests():
    guarded._resting.clear()
    yield
    guarded._resting.clear()


@pytest.fixture
def dead_url():
    with socket.socket() as probe:  # a port on which nobody listens any more
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return f"redis://127.0.0.1:{port}/0"


@pytest.fixture
def hanging_url():
    with socket.socket() as server:  # takes connections and says nothing
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"


def test_a_server_that_answers_is_a_cache_like_any_other(redis_url):
    cache = GuardedRedisCache(redis_url, {})
    cache.clear()

    assert cache.add("a", 1)
    assert not cache.add("a", 2)
    cache.set("b", {"rate": "1.30"}, 60)
    assert cache.get("b") == {"rate": "1.30"}
    assert cache.incr("a") == 2
    assert cache.get_many(["a", "b", "c"]) == {"a": 2, "b": {"rate": "1.30"}}
    assert cache.set_many({"d": 4}) == []
    assert cache.has_key("d")
    assert cache.touch("d", 10)
    assert cache.delete("d")
    cache.delete_many(["a", "b"])
    assert cache.get("a", "nothing") == "nothing"
    with pytest.raises(ValueError, match="not found"):
        cache.incr("a")


@pytest.mark.parametrize("server", ["dead_url", "hanging_url"])
def test_a_server_that_does_not_answer_is_an_empty_cache(server, request):
    cache = GuardedRedisCache(request.getfixturevalue(server), {})

    assert cache.get("a", "nothing") == "nothing"
    assert cache.get("a") is None
    assert cache.get_or_set("a", lambda: "computed") == "computed"
    assert cache.get_many(["a"]) == {}
    assert not cache.has_key("a")
    assert cache.add("a", 1)
    cache.set("a", 1)
    cache.set_many({"a": 1})
    assert not cache.touch("a")
    assert cache.incr("a") == 1
    assert not cache.delete("a")
    cache.delete_many(["a"])
    assert not cache.clear()


@pytest.mark.parametrize("server", ["dead_url", "hanging_url"])
def test_each_operation_notices_a_failure_by_itself(server, request):
    cache = GuardedRedisCache(request.getfixturevalue(server), {})

    for operation in (
        lambda: cache.get("a"),
        lambda: cache.set("a", 1),
        lambda: cache.add("a", 1),
        lambda: cache.incr("a"),
        lambda: cache.set_many({"a": 1}),
        lambda: cache.delete("a"),
        cache.clear,
    ):
        guarded._resting.clear()
        start = time.monotonic()
        operation()
        assert time.monotonic() - start < 0.25


def test_a_page_waits_once_for_a_hanging_server_and_not_for_each_question(hanging_url):
    cache = GuardedRedisCache(hanging_url, {})

    start = time.monotonic()
    for number in range(50):
        cache.get(f"key {number}".replace(" ", "-"))

    assert time.monotonic() - start < 0.25


def test_a_server_that_comes_back_is_used_again(redis_url, monkeypatch):
    cache = GuardedRedisCache(redis_url, {})
    guarded._resting[(redis_url,)] = time.monotonic() + 0.1
    cache.set("a", 1)
    assert cache.get("a") is None

    time.sleep(0.11)
    cache.set("a", 1)
    assert cache.get("a") == 1


def test_a_failure_is_logged_once_for_each_pause(dead_url, caplog):
    cache = GuardedRedisCache(dead_url, {})

    cache.get("a")
    cache.get("b")

    assert len(caplog.records) == 1
    assert "does not answer" in caplog.text
