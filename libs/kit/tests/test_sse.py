from collections.abc import AsyncIterator

from hypothesis import given
from hypothesis import strategies as st

from ragstone_kit.sse import ServerSentEvent, decode, encode

_TEXT = st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]), min_size=1)
_EVENTS = st.lists(
    st.builds(
        ServerSentEvent,
        st.lists(_TEXT, min_size=1, max_size=3).map("\n".join),
        st.sampled_from(["message", "token", "done"]),
        st.integers(1, 999).map(str),
    )
)


async def _pieces(body: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(body), size):
        yield body[start : start + size]


@given(_EVENTS, st.integers(1, 40))
async def test_events_survive_being_cut_anywhere(events: list[ServerSentEvent], size: int) -> None:
    body = b"".join(encode(event) for event in events)
    assert [event async for event in decode(_pieces(body, size))] == events


async def test_an_event_the_stream_breaks_off_in_is_dropped() -> None:
    body = encode(ServerSentEvent("whole")) + b"data: half"
    assert [event.data async for event in decode(_pieces(body, 7))] == ["whole"]
