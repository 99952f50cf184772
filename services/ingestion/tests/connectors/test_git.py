import os
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ragstone_contracts.connectors import Connector
from ragstone_contracts.errors import RagstoneError

from .conftest import Platform, World, counts, platform_of, put_file
from .git_repository import GitServer, Repository

REFUSED: list[dict[str, str]] = [
    {"url": "ext::sh -c touch% /tmp/owned"},
    {"url": "--upload-pack=touch /tmp/owned"},
    {"url": "-u"},
    {"url": "git@example.com:a/b.git"},
    {"url": "ssh://example.com/a.git"},
    {"url": "ssh://-oProxyCommand=x/a"},
    {"url": "git://example.com/a.git"},
    {"url": "fd::17"},
    {"url": "file:///etc"},
    {"url": "/etc"},
    {"url": "../project"},
    {"url": "https://user:key@example.com/a.git"},
    {"url": "https://169.254.169.254/a.git"},
    {"url": "https://example.com:22/a.git"},
    {"url": "https://example.com/a.git?x=y"},
    {"url": "https://example.com/a.git", "branch": "--upload-pack=x"},
    {"url": "https://example.com/a.git", "branch": "a..b"},
    {"url": "https://example.com/a.git", "branch": "a\nb"},
    {"url": "https://example.com/a.git", "path": "../x"},
    {"url": "https://example.com/a.git", "path": "/etc"},
]


@pytest.fixture
def repository(folder: Path) -> Repository:
    repository = Repository(folder / "project")
    repository.put("README.md", "# Stones\n\nThe first stone is grey.")
    repository.put("docs/a.txt", "The stone of a.")
    repository.put("docs/b.txt", "The stone of b.")
    repository.put(".github/hidden.md", "no")
    repository.commit()
    return repository


@pytest.fixture
async def platform(disk: World, folder: Path) -> AsyncIterator[Platform]:
    async with platform_of(disk, max_attempts=1, connector_roots=[str(folder.parent)]) as platform:
        yield platform


async def error_of(platform: Platform, connector: Connector) -> tuple[str, str]:
    failed = await platform.synced(connector)
    assert failed.state == "failed"
    assert failed.sync is not None
    assert failed.sync.error is not None
    return failed.sync.error.code, failed.sync.error.detail


@pytest.mark.requirement("ING-11")
async def test_a_repository_is_followed_and_only_changed_files_are_read(
    platform: Platform, repository: Repository
) -> None:
    connector = await platform.connect("git", {"url": str(repository.folder)})
    assert counts(await platform.synced(connector)) == {"listed": 3, "added": 3}
    assert set(await platform.documents()) == {"src/README.md", "src/docs/a.txt", "src/docs/b.txt"}

    platform.taken.clear()
    assert counts(await platform.synced(connector)) == {"listed": 3, "unchanged": 3}
    repository.put("docs/b.txt", "Another stone.")
    (repository.folder / "docs" / "a.txt").rename(repository.folder / "docs" / "ä renamed.txt")
    commit = repository.commit()
    changed = await platform.synced(connector)
    assert counts(changed) == {"listed": 3, "added": 1, "changed": 1, "unchanged": 1, "deleted": 1}
    assert sorted(platform.taken) == ["src/docs/b.txt", "src/docs/ä renamed.txt"]
    items = await platform.items(connector)
    taken = await platform.client.get_document(platform.caller, items["docs/b.txt"].document_id or "")
    assert (taken.metadata["commit"], taken.metadata["path"]) == (commit, "docs/b.txt")


async def test_an_unmoved_branch_is_not_copied(disk: World, folder: Path, repository: Repository) -> None:
    server = GitServer(folder)
    async with server.listening() as url:
        settings = _open_to(disk, url)
        async with platform_of(disk, **settings) as platform:
            connector = await platform.connect("git", {"url": f"{url}/project/.git", "path": "docs"})
            assert counts(await platform.synced(connector)) == {"listed": 2, "added": 2}
            assert set(await platform.documents()) == {"src/a.txt", "src/b.txt"}
            first, server.asked[:] = len(server.asked), []
            assert counts(await platform.synced(connector)) == {"listed": 2, "unchanged": 2}
            assert 0 < len(server.asked) < first
            again = await platform.synced(connector, full=True)
            assert counts(again) == {"listed": 2, "unchanged": 2}


def _open_to(world: World, url: str) -> dict[str, Any]:
    secret = {"tenants": ["t"], "hosts": ["127.0.0.1"], "username": "ada", "password": "key", "plain_http": True}
    given = {
        "egress": {"ports": [int(url.rpartition(":")[2])], "private_networks": ["127.0.0.1/32"]},
        "connector_secrets": {"forge": secret},
    }
    validated = type(world.settings).model_validate(world.settings.model_dump() | given)
    return {name: getattr(validated, name) for name in given} | {"max_attempts": 1}


async def test_credentials_go_to_the_server_and_not_into_a_command_line(
    disk: World, folder: Path, repository: Repository
) -> None:
    server = GitServer(folder)
    async with server.listening() as url, platform_of(disk, **_open_to(disk, url)) as platform:
        connector = await platform.connect("git", {"url": f"{url}/project/.git", "secret": "forge"})
        assert counts(await platform.synced(connector)) == {"listed": 3, "added": 3}
    assert server.tokens == {"Basic YWRhOmtleQ=="}


@pytest.mark.requirement("SEC-3")
async def test_git_follows_no_redirect(disk: World, folder: Path, repository: Repository) -> None:
    server, other = GitServer(folder), GitServer(folder)
    async with server.listening() as url, other.listening() as target:
        server.redirect = target
        async with platform_of(disk, **_open_to(disk, url)) as platform:
            connector = await platform.connect("git", {"url": f"{url}/project/.git"})
            await error_of(platform, connector)
    assert (len(server.asked), other.asked) == (1, [])


@pytest.mark.requirement("SEC-3")
async def test_git_connects_to_the_address_that_was_checked(disk: World, folder: Path, repository: Repository) -> None:
    """The name exists nowhere but in our resolver: that git reaches the server proves that it looked nothing up."""
    server = GitServer(folder)
    async with server.listening() as url:
        settings = _open_to(disk, url)
        async with platform_of(disk, **settings) as platform:
            named = url.replace("127.0.0.1", "forge.test") + "/project/.git"
            connector = await platform.connect("git", {"url": named})
            with _resolving(platform, "forge.test", "127.0.0.1"):
                assert counts(await platform.synced(connector)) == {"listed": 3, "added": 3}
            with _resolving(platform, "forge.test", "10.0.0.1"):
                assert (await error_of(platform, connector))[0] == "egress_refused"


@contextmanager
def _resolving(platform: Platform, name: str, address: str) -> Iterator[None]:
    async def resolver(host: str, port: int) -> list[str]:
        assert host == name
        return [address]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(platform.sources, "_resolver", resolver)
        yield


@pytest.mark.requirement("SEC-3")
async def test_urls_and_names_that_are_commands_to_git_are_refused(platform: Platform) -> None:
    for config in REFUSED:
        with pytest.raises(RagstoneError) as raised:
            await platform.connect("git", config)
        assert raised.value.status == 422
        assert raised.value.code in {"root_not_allowed", "egress_refused", "invalid_request"}


async def test_a_branch_that_is_not_there_and_a_folder_that_is_no_repository_are_said(
    platform: Platform, repository: Repository, folder: Path
) -> None:
    missing = await platform.connect("git", {"url": str(repository.folder), "branch": "nowhere"}, "missing")
    assert (await error_of(platform, missing))[0] == "source_refused"
    put_file(folder, "plain/a.txt", "no repository")
    plain = await platform.connect("git", {"url": str(folder / "plain")}, "plain")
    assert (await error_of(platform, plain))[0] == "source_refused"


async def test_another_branch_is_read_by_its_name(platform: Platform, repository: Repository) -> None:
    repository.git("checkout", "--quiet", "-b", "next/1.0")
    repository.put("c.txt", "The stone of c.")
    repository.commit()
    repository.git("checkout", "--quiet", "main")
    connector = await platform.connect("git", {"url": str(repository.folder), "branch": "next/1.0"})
    assert counts(await platform.synced(connector)) == {"listed": 4, "added": 4}


async def test_links_submodules_and_pointers_are_not_followed(platform: Platform, repository: Repository) -> None:
    (repository.folder / "link.txt").symlink_to("/etc/passwd")
    repository.put("large.txt", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n")
    repository.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},module")
    repository.git("add", "link.txt", "large.txt")
    repository.git("commit", "--quiet", "--message", "odd")
    connector = await platform.connect("git", {"url": str(repository.folder)})
    assert counts(await platform.synced(connector)) == {"listed": 6, "added": 3, "skipped": 3}
    reasons = {"link.txt": "link", "large.txt": "lfs_pointer", "module": "submodule"}
    assert await platform.reasons(connector) == reasons
    assert counts(await platform.synced(connector)) == {"listed": 6, "unchanged": 3, "skipped": 3}


@pytest.mark.requirement("SEC-3")
@pytest.mark.parametrize("trick", ["gitfile", "alternates", "link", "commondir"])
async def test_a_repository_that_borrows_from_outside_the_roots_is_refused(
    platform: Platform, folder: Path, tmp_path: Path, trick: str
) -> None:
    secret = Repository(tmp_path / "secret")
    secret.put("secret.txt", "The secret stone.")
    secret.commit()
    lure = Repository(folder / "lure")
    if trick == "gitfile":
        os.rename(folder / "lure" / ".git", folder / "old")  # noqa: PTH104
        lure.put(".git", f"gitdir: {secret.folder}/.git")
    elif trick == "alternates":
        lure.put(".git/objects/info/alternates", f"{secret.folder}/.git/objects")
    elif trick == "link":
        (lure.folder / ".git" / "refs" / "link").symlink_to(secret.folder / ".git" / "refs" / "heads")
    else:
        lure.put(".git/commondir", f"{secret.folder}/.git")
    connector = await platform.connect("git", {"url": str(lure.folder)})
    assert (await error_of(platform, connector))[0] == "source_refused"


async def test_hooks_and_settings_of_a_repository_run_nothing(
    platform: Platform, repository: Repository, tmp_path: Path
) -> None:
    owned = tmp_path / "owned"
    repository.git("config", "uploadpack.packObjectsHook", f"touch {owned} #")
    repository.git("config", "core.fsmonitor", f"touch {owned}")
    repository.git("config", "core.sshCommand", f"touch {owned}")
    for hook in ("post-checkout", "reference-transaction", "pre-auto-gc"):
        path = repository.folder / ".git" / "hooks" / hook
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\ntouch {owned}\n")
        path.chmod(0o755)
    connector = await platform.connect("git", {"url": str(repository.folder)})
    assert counts(await platform.synced(connector)) == {"listed": 3, "added": 3}
    assert not owned.exists()


async def test_a_repository_over_the_limit_is_broken_off(
    platform: Platform, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    (repository.folder / "noise.txt").write_bytes(os.urandom(3_000_000))
    repository.commit()
    connector = await platform.connect("git", {"url": str(repository.folder)})
    real = platform.sources._context

    def small(spec: Any, fetcher: Any) -> Any:
        return replace(real(spec, fetcher), max_source_bytes=1_000_000)

    monkeypatch.setattr(platform.sources, "_context", small)
    code, detail = await error_of(platform, connector)
    assert (code, detail) == ("source_refused", "the repository is over the size limit")


async def test_nothing_is_left_behind_in_the_temporary_folder(
    platform: Platform, repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    put_file(scratch, "keep", "")
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    connector = await platform.connect("git", {"url": str(repository.folder)})
    await platform.synced(connector)
    assert [name for name in os.listdir(scratch) if "git" in name] == []  # noqa: PTH208
