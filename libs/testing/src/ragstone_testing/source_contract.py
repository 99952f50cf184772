"""The contract of the Source port, run over every source a connector reads.

A source proves itself with something to read from::

    class TestMySource(SourceContract):
        @pytest.fixture
        def held(self):
            return MyServerOfATest()  # put, delete and opened, see Held

The types are the ingestion service's, which a library may not import; here stands what the contract reads of them.
"""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from ragstone_contracts.errors import RagstoneError


class AnyItem(Protocol):
    """What the contract reads of an item."""

    @property
    def key(self) -> str: ...
    @property
    def filename(self) -> str: ...
    @property
    def fingerprint(self) -> str | None: ...
    @property
    def skipped(self) -> str | None: ...


class AnySource(Protocol):
    async def marker(self) -> str | None: ...
    def items(self) -> AsyncIterator[Any]: ...
    def fetch(self, item: Any, known: str | None) -> AbstractAsyncContextManager[Any]: ...


class Held(Protocol):
    """What the source holds, as a test changes it."""

    def put(self, name: str, text: str) -> None: ...
    def delete(self, name: str) -> None: ...
    def opened(self) -> AbstractAsyncContextManager[AnySource]:
        """A new source that reads it, closed at the end."""
        ...


async def listed(source: AnySource) -> dict[str, AnyItem]:
    """The items by their file's name, without its folders."""
    items: list[AnyItem] = [item async for item in source.items()]
    assert len({item.key for item in items}) == len({item.filename for item in items}) == len(items)
    return {item.filename.rpartition("/")[2]: item for item in items}


async def fetched(source: AnySource, item: AnyItem, known: str | None = None) -> tuple[bytes, str | None] | None:
    """Content and fingerprint of an item; None when it is the one known."""
    async with source.fetch(item, known) as content:
        if content is None:
            return None
        return b"".join([piece async for piece in content.chunks]), content.fingerprint


async def whole_or_gone(source: AnySource, item: AnyItem) -> str:
    """The content, or the code of the error that stands in its place."""
    try:
        content = await fetched(source, item)
    except RagstoneError as error:
        return error.code
    return "" if content is None else content[0].decode()


class SourceContract:
    """``held`` is a fixture of the subclass."""

    async def test_everything_is_listed_once_with_its_content(self, held: Held) -> None:
        texts = {f"{name}.txt": f"The stone of {name}." for name in ("a", "b", "c d")}
        for name, text in texts.items():
            held.put(name, text)
        async with held.opened() as source:
            items = await listed(source)
            contents = {name: await fetched(source, item) for name, item in items.items()}
        assert {name: content[0].decode() for name, content in contents.items() if content} == texts
        assert all(item.skipped is None for item in items.values())

    async def test_what_did_not_change_is_known_without_its_content(self, held: Held) -> None:
        held.put("a.txt", "A stone.")
        async with held.opened() as source:
            marker = await source.marker()
            content = await fetched(source, (await listed(source))["a.txt"])
        assert content is not None
        async with held.opened() as source:
            assert await source.marker() == marker
            item = (await listed(source))["a.txt"]
            assert item.fingerprint == content[1] or await fetched(source, item, content[1]) is None

    async def test_what_changed_is_told_from_what_is_known(self, held: Held) -> None:
        held.put("a.txt", "A stone.")
        async with held.opened() as source:
            marker = await source.marker()
            before = await fetched(source, (await listed(source))["a.txt"])
        assert before is not None
        held.put("a.txt", "B stone.")
        async with held.opened() as source:
            assert marker is None or await source.marker() != marker
            item = (await listed(source))["a.txt"]
            after = await fetched(source, item, before[1])
        assert item.fingerprint is None or item.fingerprint != before[1]
        assert after is not None
        assert (after[0], after[1] != before[1]) == (b"B stone.", True)

    async def test_what_is_gone_is_listed_no_more_and_fetched_whole_or_not_at_all(self, held: Held) -> None:
        for name in ("a.txt", "b.txt"):
            held.put(name, f"The stone of {name}.")
        async with held.opened() as source:
            item = (await listed(source))["a.txt"]
            held.delete("a.txt")
            assert await whole_or_gone(source, item) in {"item_gone", "The stone of a.txt."}
        async with held.opened() as source:
            assert set(await listed(source)) == {"b.txt"}
