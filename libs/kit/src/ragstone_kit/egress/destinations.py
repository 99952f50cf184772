"""URLs, read once and strictly: the object that is checked is the object that is connected to."""

import re

from yarl import URL

from ragstone_kit.egress.addresses import parsed
from ragstone_kit.egress.errors import EgressRefused
from ragstone_kit.egress.rules import EgressRules

_LONGEST = 4096
_UNCLEAN = re.compile(r"[\x00-\x20\x7f\\]")
_NAME = re.compile(
    r"(?=.{1,253}\Z)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
)
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


def destination(text: str, rules: EgressRules) -> URL:
    """The URL with its host in the one spelling that is looked up, and no fragment.

    Raises EgressRefused for what the rules exclude and for every spelling two readers might take for different hosts.
    """
    if len(text) > _LONGEST or _UNCLEAN.search(text):
        raise EgressRefused("url", "the URL is too long or holds blanks, control characters or backslashes")
    try:
        url = URL(text, encoded=text.isascii())
        port = url.port
    except ValueError as error:
        raise EgressRefused("url", f"the URL cannot be read: {error}") from error
    scheme = url.scheme.lower()
    if scheme not in rules.schemes:
        raise EgressRefused("scheme", f"URLs begin with one of: {', '.join(sorted(rules.schemes))}")
    if "@" in url.raw_authority:
        raise EgressRefused("userinfo", "a URL holds no user name or password")
    if port not in rules.ports:
        raise EgressRefused("port", f"port {port} is not open to requests")
    host = checked_host(url.raw_host)
    if ("[" in url.raw_authority) != (":" in (url.raw_host or "")):
        raise EgressRefused("host", "brackets are for IPv6 addresses")
    shown = f"[{host}]" if ":" in host else host
    suffix = "" if url.is_default_port() else f":{port}"
    return URL(f"{scheme}://{shown}{suffix}{url.raw_path_qs}", encoded=True)


def checked_host(host: str | None) -> str:
    """A name in lower case without its last dot, or an address in its canonical spelling. Raises EgressRefused."""
    host = (host or "").lower().removesuffix(".")
    if ":" in host:
        return _address(host)
    if not _NAME.fullmatch(host):
        raise EgressRefused("host", "the URL's host is no name and no address")
    # Whatever ends in a number is an address to somebody: 127.1, 0x7f000001, 017700000001.
    return _address(host) if _NUMBER.fullmatch(host.rpartition(".")[2]) else host


def _address(host: str) -> str:
    try:
        return str(parsed(host))
    except ValueError as error:
        raise EgressRefused("host", "the URL's host is an address in a spelling that is not taken") from error
