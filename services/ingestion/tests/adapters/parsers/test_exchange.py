from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from ragstone_ingestion.adapters.parsers.exchange import Connections, Reply
from ragstone_kit.transport import AsgiTransport
from ragstone_testing.parser_servers import RecordedUnstructured


@pytest.mark.parametrize(
    ("header", "seconds"), [("0", 0), ("17", 17), ("", None), ("²", None), ("-3", None), ("soon", None), ("1.5", None)]
)
def test_a_wait_is_read_from_seconds_and_from_nothing_else_that_looks_like_them(
    header: str, seconds: float | None
) -> None:
    assert Reply(429, {"retry-after": header}, b"").retry_after == seconds


def test_a_wait_may_be_given_as_a_date() -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    assert Reply(429, {"retry-after": later}, b"").retry_after == pytest.approx(90, abs=5)
    assert Reply(429, {"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, b"").retry_after == 0


async def test_connections_are_kept_by_origin_and_paths_keep_their_query() -> None:
    opened: list[str] = []

    def connect(origin: str) -> AsgiTransport:
        opened.append(origin)
        return AsgiTransport(RecordedUnstructured())

    connections = Connections(connect)
    first, path = connections.to("https://one.test/a?b=c%20d")
    again, root = connections.to("https://one.test")
    connections.to("https://one.test:8443/")
    await connections.close()
    assert first is again
    assert (path, root) == ("/a?b=c%20d", "/")
    assert opened == ["https://one.test", "https://one.test:8443"]
