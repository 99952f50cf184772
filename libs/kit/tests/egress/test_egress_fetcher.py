"""What leaves, where it goes, what comes back: over real sockets of this machine."""

import asyncio
import gzip
import ssl
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ragstone_contracts.errors import Unavailable, UpstreamError
from ragstone_kit.egress import AnswerTooLarge, EgressFetcher, EgressRefused, EgressRequest, EgressRules, TimedOut
from ragstone_kit.egress.bodies import bounded
from ragstone_testing.scripted_site import Page, ScriptedSite

PUBLIC = "93.184.215.14"


@pytest.fixture
async def site() -> AsyncIterator[ScriptedSite]:
    site = ScriptedSite()
    async with site.listening():
        yield site


class Names:
    """A resolver with answers in turn; the last one stands."""

    def __init__(self, **answers: list[Sequence[str]]) -> None:
        self._answers = {name.replace("_", "."): list(turns) for name, turns in answers.items()}
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        turns = self._answers.get(host)
        if turns is None:
            raise OSError("no such name")
        return turns.pop(0) if len(turns) > 1 else turns[0]


def rules_for(site: ScriptedSite, **changes: object) -> EgressRules:
    """As if 127.0.0.1, and it alone, were a public address."""
    given = {"ports": {80, 443, site.port}, "private_networks": ["127.0.0.1/32"]}
    return EgressRules.model_validate(given | changes)


async def body(fetcher: EgressFetcher, request: EgressRequest | str) -> bytes:
    try:
        opened = fetcher.open(request) if isinstance(request, EgressRequest) else fetcher.get(request)
        async with opened as response:
            return await response.read()
    finally:
        await fetcher.close()


async def refusal(fetcher: EgressFetcher, url: str) -> str:
    with pytest.raises(EgressRefused) as raised:
        await body(fetcher, url)
    return raised.value.reason


@pytest.mark.requirement("SEC-3")
async def test_a_name_is_looked_up_once_and_the_connection_goes_to_that_address(site: ScriptedSite) -> None:
    site.put("/a", "stone")
    names = Names(rebind_test=[["127.0.0.1"], ["127.0.0.2"]])
    fetcher = EgressFetcher(rules_for(site), names)
    assert await body(fetcher, f"http://rebind.test:{site.port}/a") == b"stone"
    assert names.asked == ["rebind.test"]
    assert site.asked[0].host == f"rebind.test:{site.port}"
    assert await refusal(fetcher, f"http://rebind.test:{site.port}/a") == "private_address"
    assert len(site.asked) == 1


@pytest.mark.requirement("SEC-3")
@pytest.mark.parametrize("other", ["127.0.0.2", "10.0.0.1", "::1", "169.254.169.254", "::ffff:10.0.0.1", "fe80::1%lo"])
async def test_one_private_address_among_several_refuses_them_all(site: ScriptedSite, other: str) -> None:
    names = Names(mixed_test=[["127.0.0.1", other]])
    assert await refusal(EgressFetcher(rules_for(site), names), f"http://mixed.test:{site.port}/") == "private_address"
    assert site.asked == []


@pytest.mark.requirement("SEC-3")
@pytest.mark.parametrize(
    "target",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://inside.test/",
        "http://0x7f000001/",
        "//[::1]/",
        "file:///etc/passwd",
        "http://a:b@example.com/",
        "http://example.com:25/",
    ],
)
async def test_each_redirect_passes_every_check_again(site: ScriptedSite, target: str) -> None:
    site.redirect("/", target)
    names = Names(inside_test=[["10.0.0.1"]])
    expected = {"private_address", "host", "scheme", "userinfo", "port"}
    assert await refusal(EgressFetcher(rules_for(site), names), site.url + "/") in expected
    assert len(site.asked) == 1


async def test_redirects_are_followed_up_to_the_limit(site: ScriptedSite) -> None:
    for number in range(6):
        site.redirect(f"/{number}", f"{number + 1}")
    site.put("/6", "there")
    fetcher = EgressFetcher(rules_for(site, redirects=6))
    async with fetcher.get(f"{site.url}/0") as response:
        assert (response.url, await response.read()) == (f"{site.url}/6", b"there")
    await fetcher.close()
    assert await refusal(EgressFetcher(rules_for(site)), f"{site.url}/0") == "redirects"


async def test_credentials_do_not_follow_a_redirect_to_another_origin(site: ScriptedSite) -> None:
    headers = {"Authorization": "Bearer key", "X-Api-Key": "key", "Accept": "text/html"}
    site.redirect("/", f"http://other.test:{site.port}/a")
    site.redirect("/same", "/a")
    site.put("/a", "stone")
    fetcher = EgressFetcher(rules_for(site), Names(other_test=[["127.0.0.1"]]))
    await body(fetcher, EgressRequest(f"{site.url}/", headers))
    await body(fetcher, EgressRequest(f"{site.url}/same", headers))
    sent = [{name.lower() for name in one.headers} for one in site.asked]
    assert [{"authorization", "x-api-key"} <= names for names in sent] == [True, False, True, True]
    assert "accept" in sent[1]


async def test_a_redirect_is_the_answer_for_who_does_not_follow(site: ScriptedSite) -> None:
    site.redirect("/", "http://169.254.169.254/")
    for request in (EgressRequest(f"{site.url}/", follow=False), EgressRequest(f"{site.url}/", method="POST")):
        fetcher = EgressFetcher(rules_for(site))
        async with fetcher.open(request) as response:
            assert response.status == 302
        await fetcher.close()


async def test_https_keeps_the_name_and_never_falls_back_to_http(tmp_path: Path) -> None:
    certificate, key = _certificate(tmp_path, "secure.test")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    shown: list[str | None] = []
    tls.sni_callback = lambda _, name, __: shown.append(name)
    site = ScriptedSite()
    site.put("/", "stone")
    async with site.listening(tls):
        site.redirect("/down", f"http://secure.test:{site.port}/")
        rules = rules_for(site, ca_file=certificate)
        names = Names(secure_test=[["127.0.0.1"]], other_test=[["127.0.0.1"]])
        base = f"https://secure.test:{site.port}"
        assert await body(EgressFetcher(rules, names), base) == b"stone"
        assert shown == ["secure.test"]
        assert await refusal(EgressFetcher(rules, names), f"{base}/down") == "downgrade"
        with pytest.raises(Unavailable, match="CertificateError"):
            await body(EgressFetcher(rules, names), f"https://other.test:{site.port}/")


def _certificate(folder: Path, name: str) -> tuple[Path, Path]:
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}"]
    command += ["-addext", f"subjectAltName=DNS:{name}", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    return certificate, key


@pytest.mark.parametrize("packed", [False, True])
async def test_a_body_over_the_limit_is_broken_off(site: ScriptedSite, packed: bool) -> None:
    site.pages["/"] = Page(b"0" * 3_000_000, packed=packed)
    with pytest.raises(AnswerTooLarge) as raised:
        await body(EgressFetcher(rules_for(site, max_bytes=1_000_000)), f"{site.url}/")
    assert (raised.value.code, raised.value.status) == ("too_large", 413)
    assert len(await body(EgressFetcher(rules_for(site)), f"{site.url}/")) == 3_000_000


async def test_a_bomb_is_never_held_at_once() -> None:
    packed = gzip.compress(b"0" * 64_000_000, mtime=0)
    largest = 0
    with pytest.raises(AnswerTooLarge):
        async for piece in bounded(_once(packed), "gzip", 10_000_000):
            largest = max(largest, len(piece))
    assert 0 < largest <= 256 * 1024


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content


@pytest.mark.parametrize(
    ("encoding", "content"),
    [
        ("gzip", gzip.compress(b"stone", mtime=0)[:-4]),
        ("gzip", b"no gzip at all"),
        ("br", b"\x0b\x02"),
        ("gzip, gzip", b"x"),
    ],
)
async def test_a_damaged_or_unasked_encoding_is_an_error_of_the_other_side(encoding: str, content: bytes) -> None:
    with pytest.raises(UpstreamError):
        [piece async for piece in bounded(_once(content), encoding, 1000)]


async def test_several_gzip_members_are_one_body() -> None:
    content = gzip.compress(b"sto", mtime=0) + gzip.compress(b"ne", mtime=0)
    assert b"".join([piece async for piece in bounded(_once(content), "gzip", 1000)]) == b"stone"


@asynccontextmanager
async def answering(sent: bytes) -> AsyncIterator[tuple[str, EgressRules]]:
    """A server that sends these bytes to whoever connects, and then nothing until it is left."""
    over = asyncio.Event()

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(sent)
        await over.wait()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        given = {"ports": {port}, "private_networks": ["127.0.0.1/32"], "seconds": 0.5}
        try:
            yield f"http://127.0.0.1:{port}/", EgressRules.model_validate(given)
        finally:
            over.set()
            await asyncio.sleep(0)


@pytest.mark.parametrize("sent", [b"", b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nslow"])
async def test_the_time_limit_holds_for_the_head_and_for_the_body(sent: bytes) -> None:
    async with answering(sent) as (url, rules):
        with pytest.raises(TimedOut) as raised:
            await body(EgressFetcher(rules), url)
    assert raised.value.code == "timed_out"


async def test_endless_headers_are_broken_off() -> None:
    endless = b"HTTP/1.1 200 OK\r\n" + b"".join(b"x-%d: y\r\n" % number for number in range(10_000))
    async with answering(endless) as (url, rules):
        with pytest.raises(Unavailable):
            await body(EgressFetcher(rules), url)


async def test_nothing_of_the_environment_and_no_cookie_comes_along(
    site: ScriptedSite, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login ada password key")
    for name, value in {"HTTP_PROXY": "http://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    site.pages["/"] = Page(b"stone", headers={"set-cookie": "a=b"})
    fetcher = EgressFetcher(rules_for(site))
    for _ in range(2):
        async with fetcher.get(f"{site.url}/") as response:
            assert await response.read() == b"stone"
    await fetcher.close()
    assert [one for one in site.asked if {"Cookie", "Authorization"} & set(one.headers)] == []


@pytest.mark.parametrize("headers", [{"Host": "x"}, {"content-length": "1"}, {"x": "a\r\nb: c"}])
async def test_headers_that_say_where_a_request_goes_or_ends_cannot_be_set(headers: dict[str, str]) -> None:
    fetcher = EgressFetcher(EgressRules(), Names(example_test=[[PUBLIC]]))
    with pytest.raises(EgressRefused) as raised:
        await body(fetcher, EgressRequest("http://example.test/", headers))
    assert raised.value.reason == "headers"


async def test_an_answer_of_another_type_than_asked_for_is_refused(site: ScriptedSite) -> None:
    site.put("/", "stone", media_type="text/html; charset=utf-8")
    request = EgressRequest(f"{site.url}/", content_types=frozenset({"application/xml"}))
    with pytest.raises(EgressRefused) as raised:
        await body(EgressFetcher(rules_for(site)), request)
    assert raised.value.reason == "content_type"
    wanted = EgressRequest(f"{site.url}/", content_types=frozenset({"text/html"}))
    assert await body(EgressFetcher(rules_for(site)), wanted) == b"stone"


async def test_a_host_of_the_intranet_is_reached_by_its_name_alone(site: ScriptedSite) -> None:
    site.put("/", "stone")
    rules = EgressRules.model_validate({"ports": {site.port}, "private_hosts": {"Wiki.Intra"}})
    names = Names(wiki_intra=[["127.0.0.1"]], other_intra=[["127.0.0.1"]])
    assert await body(EgressFetcher(rules, names), f"http://wiki.intra:{site.port}/") == b"stone"
    for host in ("other.intra", "127.0.0.1"):
        assert await refusal(EgressFetcher(rules, names), f"http://{host}:{site.port}/") == "private_address"


async def test_a_name_nobody_knows_and_a_port_nobody_listens_on_are_unavailable(site: ScriptedSite) -> None:
    rules = rules_for(site, ports={1, site.port})
    for url in ("http://unknown.test:1/", "http://127.0.0.1:1/"):
        with pytest.raises(Unavailable):
            await body(EgressFetcher(rules, Names()), url)


async def test_addresses_for_another_program_are_the_checked_ones() -> None:
    fetcher = EgressFetcher(EgressRules(), Names(git_test=[[PUBLIC]], inside_test=[["10.0.0.1"]]))
    url, addresses = await fetcher.addresses("https://GIT.test/a.git")
    assert (str(url), addresses) == ("https://git.test/a.git", [PUBLIC])
    assert (await fetcher.addresses(f"https://{PUBLIC}/"))[1] == [PUBLIC]
    with pytest.raises(EgressRefused):
        await fetcher.addresses("https://inside.test/a.git")
