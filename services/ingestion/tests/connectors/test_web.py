import gzip
from collections.abc import AsyncIterator

import pytest

from ragstone_contracts.connectors import Connector
from ragstone_contracts.errors import RagstoneError
from ragstone_testing.scripted_site import Page, ScriptedSite

from .conftest import Platform, World, counts, platform_of

FAST = {"requests_per_second": 20}


@pytest.fixture
async def site() -> AsyncIterator[ScriptedSite]:
    site = ScriptedSite()
    async with site.listening():
        yield site


@pytest.fixture
async def platform(disk: World, site: ScriptedSite) -> AsyncIterator[Platform]:
    """As if 127.0.0.1, and it alone, were a public address."""
    secret = {"tenants": ["t"], "hosts": ["127.0.0.1"], "password": "key", "plain_http": True}
    settings = {
        "egress": {"ports": [80, 443, site.port], "private_networks": ["127.0.0.1/32"]},
        "connector_secrets": {
            "wiki": secret,
            "theirs": secret | {"tenants": ["other"]},
            "elsewhere": secret | {"hosts": ["example.com"]},
            "tls": secret | {"plain_http": False},
        },
    }
    validated = type(disk.settings).model_validate(disk.settings.model_dump() | settings)
    changes = {name: getattr(validated, name) for name in settings}
    async with platform_of(disk, max_attempts=1, **changes) as platform:
        yield platform


def sitemap(*urls: str) -> str:
    pages = "".join(f"<url><loc>{url}</loc><lastmod>2026-01-01</lastmod></url>" for url in urls)
    return f'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{pages}</urlset>'


def index(*urls: str) -> str:
    return "<sitemapindex>" + "".join(f"<sitemap><loc>{url}</loc></sitemap>" for url in urls) + "</sitemapindex>"


def page(name: str) -> str:
    return f"<html><body><p>The stone of {name} is grey.</p></body></html>"


async def connect(platform: Platform, site: ScriptedSite, *paths: str, **config: object) -> Connector:
    return await platform.connect("web", FAST | {"urls": [site.url + path for path in paths]} | config)


@pytest.mark.requirement("ING-11")
async def test_a_site_is_followed_and_unchanged_pages_send_no_content(platform: Platform, site: ScriptedSite) -> None:
    for name in ("a", "b", "c"):
        site.put(f"/{name}", page(name))
    site.put("/sitemap.xml", sitemap(f"{site.url}/a", f"{site.url}/b", f"{site.url}/c"))
    connector = await platform.connect("web", FAST | {"sitemaps": [f"{site.url}/sitemap.xml"]})
    assert counts(await platform.synced(connector)) == {"listed": 3, "added": 3}
    name = f"src/127.0.0.1/{'a'}"
    assert "The stone of a is grey." in (await platform.documents())[name]

    site.asked.clear()
    assert counts(await platform.synced(connector)) == {"listed": 3, "unchanged": 3}
    assert site.bodies_sent == ["/sitemap.xml"]

    site.put("/b", page("another b"))
    del site.pages["/c"]
    site.put("/d", page("d"))
    site.put("/sitemap.xml", sitemap(f"{site.url}/a", f"{site.url}/b", f"{site.url}/d"))
    changed = await platform.synced(connector)
    assert counts(changed) == {"listed": 3, "added": 1, "changed": 1, "unchanged": 1, "deleted": 1}
    documents = await platform.documents()
    assert sorted(documents) == [f"src/127.0.0.1/{name}" for name in "abd"]
    assert "another b" in documents["src/127.0.0.1/b"]


async def test_a_page_that_is_gone_is_deleted_and_one_that_fails_is_kept(
    platform: Platform, site: ScriptedSite
) -> None:
    for name in "abc":
        site.put(f"/{name}", page(name))
    connector = await connect(platform, site, "/a", "/b", "/c")
    await platform.synced(connector)
    del site.pages["/a"]
    site.put("/b", "broken", status=500, etag=False)
    site.put("/c", "sign in", status=403, etag=False)
    after = await platform.synced(connector)
    expected = {"listed": 3, "deleted": 1, "failed": 1, "skipped": 1}
    assert (after.state, counts(after)) == ("incomplete", expected)
    assert sorted(await platform.documents()) == ["src/127.0.0.1/b", "src/127.0.0.1/c"]
    site.put("/b", page("b"))
    site.put("/a", page("a"))
    assert counts(await platform.synced(connector)) == {"listed": 3, "added": 1, "unchanged": 1, "skipped": 1}


async def test_pages_without_validators_are_compared_by_content(platform: Platform, site: ScriptedSite) -> None:
    site.put("/a", page("a"), etag=False)
    connector = await connect(platform, site, "/a")
    await platform.synced(connector)
    assert counts(await platform.synced(connector)) == {"listed": 1, "unchanged": 1}
    site.put("/a", page("b"), etag=False)
    assert counts(await platform.synced(connector)) == {"listed": 1, "changed": 1}


@pytest.mark.requirement("SEC-3")
async def test_a_sitemap_that_lists_internal_addresses_reaches_none_of_them(
    platform: Platform, site: ScriptedSite
) -> None:
    inside = [
        "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.1/",
        "http://0x7f000001/",
        "http://[::1]/",
        "http://localhost:1/",
        "file:///etc/passwd",
        "http://user:key@127.0.0.1/",
    ]
    site.put("/a", page("a"))
    site.put("/sitemap.xml", sitemap(*inside, f"{site.url}/a"))
    connector = await platform.connect("web", FAST | {"sitemaps": [f"{site.url}/sitemap.xml"], "same_host": False})
    assert counts(await platform.synced(connector)) == {"listed": 8, "added": 1, "skipped": 7}
    assert set((await platform.reasons(connector)).values()) == {"egress_refused"}
    assert {one.path for one in site.asked} == {"/sitemap.xml", "/robots.txt", "/a"}


@pytest.mark.requirement("SEC-3")
async def test_a_redirect_to_the_metadata_address_is_refused(platform: Platform, site: ScriptedSite) -> None:
    site.redirect("/a", "http://169.254.169.254/latest/meta-data/iam/")
    connector = await connect(platform, site, "/a")
    assert counts(await platform.synced(connector)) == {"listed": 1, "skipped": 1}
    assert set((await platform.reasons(connector)).values()) == {"egress_refused"}
    site.redirect("/sitemap.xml", "http://169.254.169.254/")
    other = await platform.connect("web", FAST | {"sitemaps": [f"{site.url}/sitemap.xml"]}, "other")
    refused = await platform.synced(other)
    assert refused.sync is not None
    assert refused.sync.error is not None
    assert (refused.state, refused.sync.error.code) == ("failed", "source_refused")


async def test_pages_of_other_hosts_are_named_and_not_read(platform: Platform, site: ScriptedSite) -> None:
    site.put("/a", page("a"))
    site.put("/sitemap.xml", sitemap("https://example.com/a", f"{site.url}/a"))
    connector = await platform.connect("web", FAST | {"sitemaps": [f"{site.url}/sitemap.xml"]})
    assert counts(await platform.synced(connector)) == {"listed": 2, "added": 1, "skipped": 1}
    assert await platform.reasons(connector) == {"https://example.com/a": "other_host"}
    site.put("/index.xml", index("https://example.com/sitemap.xml"))
    nested = await platform.connect("web", FAST | {"sitemaps": [f"{site.url}/index.xml"]}, "nested")
    refused = await platform.synced(nested)
    assert refused.sync is not None
    assert refused.sync.error is not None
    assert "example.com" in refused.sync.error.detail


async def test_sitemaps_may_be_nested_packed_and_plain(platform: Platform, site: ScriptedSite) -> None:
    for name in "abc":
        site.put(f"/{name}", page(name))
    site.put("/index.xml", index(f"{site.url}/one.xml.gz", f"{site.url}/two.txt", f"{site.url}/index.xml"))
    site.pages["/one.xml.gz"] = Page(gzip.compress(sitemap(f"{site.url}/a").encode()), "application/gzip")
    site.put("/two.txt", f"{site.url}/b\n{site.url}/c\n{site.url}/b\n", media_type="text/plain")
    connector = await platform.connect("web", FAST | {"sitemaps": [f"{site.url}/index.xml"]})
    assert counts(await platform.synced(connector)) == {"listed": 3, "added": 3}


async def test_a_site_whose_sitemap_is_away_or_broken_keeps_its_documents(
    platform: Platform, site: ScriptedSite
) -> None:
    site.put("/a", page("a"))
    site.put("/sitemap.xml", sitemap(f"{site.url}/a"))
    connector = await platform.connect("web", FAST | {"sitemaps": [f"{site.url}/sitemap.xml"]})
    await platform.synced(connector)
    entities = '<!DOCTYPE a [<!ENTITY b "c">]><urlset><url><loc>&b;</loc></url></urlset>'
    broken = [Page(status=404), Page(status=502), Page(b"<html><p>Sign in</html>"), Page(entities.encode()), Page(b"x")]
    for answer in broken:
        site.pages["/sitemap.xml"] = answer
        failed = await platform.synced(connector)
        assert (failed.state, counts(failed)) == ("failed", {})
    assert len(await platform.documents()) == 1


async def test_what_robots_txt_excludes_is_not_read(platform: Platform, site: ScriptedSite) -> None:
    for name in ("open", "private/a", "private/b"):
        site.put(f"/{name}", page(name))
    site.redirect("/sneaky", "/private/a")
    site.put("/robots.txt", "User-agent: *\nDisallow: /private/\nAllow: /private/b$\n", media_type="text/plain")
    connector = await connect(platform, site, "/open", "/private/a", "/private/b", "/sneaky")
    assert counts(await platform.synced(connector)) == {"listed": 4, "added": 2, "skipped": 2}
    assert set((await platform.reasons(connector)).values()) == {"robots"}
    assert sum(one.path == "/robots.txt" for one in site.asked) == 1


async def test_a_site_whose_robots_txt_cannot_be_had_is_not_read(platform: Platform, site: ScriptedSite) -> None:
    site.put("/a", page("a"))
    site.put("/robots.txt", "", status=500)
    connector = await connect(platform, site, "/a")
    assert counts(await platform.synced(connector)) == {"listed": 1, "failed": 1}
    assert [one.path for one in site.asked] == ["/robots.txt"]


async def test_a_busy_site_is_asked_again_later(platform: Platform, site: ScriptedSite) -> None:
    site.put("/a", "later", status=429, etag=False, headers={"retry-after": "0"})
    connector = await connect(platform, site, "/a")
    assert counts(await platform.synced(connector)) == {"listed": 1, "failed": 1}
    assert sum(one.path == "/a" for one in site.asked) == 3


async def test_a_secret_is_sent_where_it_belongs_and_shown_nowhere(platform: Platform, site: ScriptedSite) -> None:
    site.put("/a", page("a"))
    connector = await connect(platform, site, "/a", secret="wiki")
    assert counts(await platform.synced(connector)) == {"listed": 1, "added": 1}
    assert {one.headers.get("Authorization") for one in site.asked} == {"Bearer key"}
    assert "key" not in connector.model_dump_json().replace('"key"', "")
    for name in ("theirs", "elsewhere", "tls", "unknown"):
        with pytest.raises(RagstoneError) as raised:
            await platform.connect("web", {"urls": [f"{site.url}/a"], "secret": name}, name)
        assert raised.value.code == "secret_not_allowed"


async def test_a_configuration_that_can_never_work_is_refused_at_once(platform: Platform) -> None:
    refused: list[tuple[dict[str, object], str]] = [
        ({"urls": []}, "invalid_request"),
        ({"urls": ["https://example.com/"], "password": "hunter2"}, "invalid_request"),
        ({"urls": ["http://169.254.169.254/"]}, "egress_refused"),
        ({"urls": ["http://user:hunter2@example.com/"]}, "egress_refused"),
        ({"urls": ["https://example.com:22/"]}, "egress_refused"),
        ({"sitemaps": ["file:///etc/passwd"]}, "egress_refused"),
    ]
    for config, code in refused:
        with pytest.raises(RagstoneError) as raised:
            await platform.connect("web", config)
        assert raised.value.code == code
        assert "hunter2" not in str(raised.value)


async def test_what_cannot_be_read_is_not_sent_again_until_it_changes(platform: Platform, site: ScriptedSite) -> None:
    site.pages["/a"] = Page(b"\x00\x01\x02" * 1000, "application/octet-stream")
    connector = await connect(platform, site, "/a")
    for _ in range(2):
        after = await platform.synced(connector)
        assert counts(after) == {"listed": 1, "skipped": 1}
        assert after.sync is not None
        assert after.sync.reasons == {"unsupported_type": 1}
    assert [one.status for one in site.asked if one.path == "/a"] == [200, 304]


async def test_two_addresses_of_one_name_do_not_take_turns_in_one_document(
    platform: Platform, site: ScriptedSite
) -> None:
    for path in ("/a", "/a/", "/a/index"):
        site.put(path, page(path))
    connector = await connect(platform, site, "/a", "/a/", "/a/index")
    assert counts(await platform.synced(connector)) == {"listed": 3, "added": 2, "skipped": 1}
    assert await platform.reasons(connector) == {f"{site.url}/a/index": "same_name"}
    assert counts(await platform.synced(connector)) == {"listed": 3, "unchanged": 2, "skipped": 1}
