"""Sitemaps: XML, plain text, packed or not, and sitemaps of sitemaps."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from ragstone_contracts.errors import UpstreamError
from ragstone_ingestion.connectors.listing_xml import read_listing
from ragstone_kit.egress.bodies import bounded

MAX_BYTES = 50 * 1024**2
"""What the protocol allows for one sitemap, unpacked."""
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True)
class Sitemap:
    pages: list[str] = field(default_factory=list)
    sitemaps: list[str] = field(default_factory=list)


async def read_sitemap(content: bytes) -> Sitemap:
    """The URLs a sitemap names, as they stand there. Raises UpstreamError or TooLarge."""
    if content.startswith(_GZIP):
        content = b"".join([piece async for piece in bounded(_once(content), "gzip", MAX_BYTES)])
    if not content.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
        return _plain(content.decode("utf-8", errors="replace"))
    listing = read_listing(content, frozenset({"url", "sitemap"}))
    if listing.root not in {"urlset", "sitemapindex"}:
        raise UpstreamError(f"a sitemap begins with urlset or sitemapindex, not with {listing.root}")
    found = [(name, record["loc"]) for name, record in listing.records if record.get("loc")]
    return Sitemap(
        [location for name, location in found if name == "url"],
        [location for name, location in found if name == "sitemap"],
    )


def _plain(text: str) -> Sitemap:
    lines = [line.strip() for line in text.removeprefix("\ufeff").splitlines() if line.strip()]
    if not all(line.startswith(("https://", "http://")) for line in lines):
        # Whatever a site says instead of its sitemap must not look like a short one.
        raise UpstreamError("the sitemap is neither XML nor a list of URLs")
    return Sitemap(lines)


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content
