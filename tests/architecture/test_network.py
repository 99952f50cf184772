import socket

import pytest


@pytest.mark.requirement("SEC-5")
def test_the_test_suite_reaches_no_other_machine() -> None:
    with pytest.raises(RuntimeError, match=r"look-up of 'example\.org'"):
        socket.getaddrinfo("example.org", 443)
    with socket.socket() as outside, pytest.raises(RuntimeError, match=r"connection to '192\.0\.2\.1'"):
        outside.connect(("192.0.2.1", 443))
