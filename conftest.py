"""What holds for every test: nothing is looked up or connected to outside this machine."""

import ipaddress
import sys
from typing import Any


class OutsideLookUp(RuntimeError):
    """A test, or a library under it, tried to reach another machine."""


def _is_this_machine(host: object) -> bool:
    if isinstance(host, bytes):
        host = host.decode(errors="replace")
    if not isinstance(host, str) or host in {"", "localhost"}:
        return host is None or isinstance(host, str)
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _refuse_the_outside(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.getaddrinfo" and not _is_this_machine(arguments[0]):
        raise OutsideLookUp(f"look-up of {arguments[0]!r}")
    if event == "socket.connect":
        address = arguments[1]  # a path for a Unix socket
        if isinstance(address, tuple) and not _is_this_machine(address[0]):
            raise OutsideLookUp(f"connection to {address[0]!r}")


sys.addaudithook(_refuse_the_outside)
