import gzip

import pytest

from ragstone_contracts.errors import TooLarge, UpstreamError
from ragstone_ingestion.connectors.listing_xml import read_listing
from ragstone_ingestion.connectors.sitemaps import read_sitemap

WANTED = frozenset({"url"})


def test_records_are_read_with_their_own_children_alone() -> None:
    listing = read_listing(
        b"<s:urlset xmlns:s='x'><s:url><s:loc> a&amp;b </s:loc><i:image xmlns:i='y'><i:loc>no</i:loc></i:image></s:url>"
        b"<s:more>yes</s:more></s:urlset>",
        WANTED,
    )
    assert (listing.root, listing.fields) == ("urlset", {"more": "yes"})
    assert listing.records[0][1]["loc"] == "a&b"


@pytest.mark.parametrize(
    "content",
    [
        b"<!DOCTYPE urlset SYSTEM 'http://169.254.169.254/'><urlset/>",
        b"<!DOCTYPE a [<!ENTITY b 'cccc'>]><urlset><url><loc>&b;</loc></url></urlset>",
        b"<urlset><url>",
        b"<?xml version='1.0' encoding='no-such'?><urlset/>",
        b"\xff\xfe<\x00",
        b"",
    ],
)
def test_what_is_no_plain_list_is_an_error_of_the_other_side(content: bytes) -> None:
    with pytest.raises(UpstreamError):
        read_listing(content, WANTED)


async def test_a_packed_sitemap_is_not_unpacked_without_end() -> None:
    with pytest.raises(TooLarge):
        await read_sitemap(gzip.compress(b"<urlset>" + b" " * 60_000_000))


async def test_a_plain_sitemap_is_a_list_of_urls_and_nothing_else() -> None:
    assert (await read_sitemap(b"\xef\xbb\xbfhttps://a.b/c\r\n\r\n")).pages == ["https://a.b/c"]
    for said in (b"Please sign in.", "<urlset/>".encode("utf-16")):
        with pytest.raises(UpstreamError):
            await read_sitemap(said)
