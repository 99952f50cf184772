"""Git repositories: the files of one branch's newest commit, without their history."""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field, field_validator

from ragstone_contracts.errors import InvalidRequest
from ragstone_ingestion.connectors.errors import ItemSkipped, SourceRefused
from ragstone_ingestion.connectors.git_command import Git
from ragstone_ingestion.connectors.port import Content, Item, SourceContext
from ragstone_ingestion.connectors.registry import checked_config
from ragstone_ingestion.connectors.web import authorization

_HEAD = "refs/ragstone/head"
_FILES = frozenset({"100644", "100755", "100664"})
_ODD = {"120000": ("link", "links are not followed"), "160000": ("submodule", "submodules are not read")}
_LFS = b"version https://git-lfs.github.com/spec/"


class GitConfig(BaseModel):
    """``url`` is https (or http, where the rules of egress allow it), or a folder below an allowed root."""

    model_config = ConfigDict(extra="forbid")

    url: str = Field(max_length=2000)
    branch: str | None = Field(default=None, max_length=200, pattern=r"^[A-Za-z0-9_][\w./+-]*$")
    path: str = Field(default="", max_length=1000)
    secret: str | None = None

    @field_validator("branch")
    @classmethod
    def _a_ref(cls, branch: str | None) -> str | None:
        if branch is not None and (".." in branch or "//" in branch or branch.endswith((".lock", "/", "."))):
            raise ValueError("no branch can have this name")
        return branch

    @field_validator("path")
    @classmethod
    def _inside(cls, path: str) -> str:
        parts = PurePosixPath(path).parts
        if "\x00" in path or path.startswith("/") or ".." in parts:
            raise ValueError("the path lies inside the repository")
        return "/".join(parts)


@dataclass(frozen=True)
class _Remote:
    """Where git may go: ``url`` as it is given to git, with settings that hold it to the addresses checked."""

    url: str
    protocol: str
    settings: dict[str, str]


class GitSource:
    """A shallow copy of its own for each sync, made only when the branch has moved."""

    def __init__(self, config: dict[str, Any], context: SourceContext) -> None:
        self._config = checked_config(GitConfig, config)
        self._context = context
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._git: Git | None = None
        self._commit = ""
        self._check_url()

    async def marker(self) -> str:
        """The branch's commit, asked for without copying anything."""
        remote = await self._remote()
        git = await self._opened(remote)
        wanted = self._ref()
        for line in (await git.run("ls-remote", "--quiet", "--", remote.url, wanted)).decode().splitlines():
            commit, _, name = line.partition("\t")
            if name == wanted:
                return commit
        raise SourceRefused("the repository has no such branch")

    async def items(self) -> AsyncIterator[Item]:
        git = await self._fetched()
        where = ["--", self._config.path] if self._config.path else []
        async with git.open("ls-tree", "-r", "-z", "--long", "--full-tree", self._commit, *where) as output:
            async for entry in _entries(output):
                item = self._item(entry)
                if item is not None:
                    yield item

    @asynccontextmanager
    async def fetch(self, item: Item, known: str | None) -> AsyncIterator[Content | None]:
        git = await self._fetched()
        async with git.open("cat-file", "blob", item.fingerprint or "") as output:
            first = await anext(output, b"")
            if first.startswith(_LFS):
                raise ItemSkipped("lfs_pointer", "the file's content is kept outside the repository")
            metadata = {"source_url": self._config.url, "path": item.key, "commit": self._commit}
            yield Content(_with(first, output), item.fingerprint, metadata=metadata)

    async def close(self) -> None:
        if self._folder is not None:
            await asyncio.to_thread(self._folder.cleanup)

    def _check_url(self) -> None:
        """What can be told without a look-up. Raises EgressRefused, RootNotAllowed or SecretNotAllowed."""
        if _is_web(self._config.url):
            url = self._context.fetcher.check(self._config.url)
            if url.query_string:
                raise InvalidRequest("the URL of a repository has no query")
            if self._config.secret is not None:
                self._context.access.secret(self._context.tenant, self._config.secret, url)
        else:
            self._local_folder()

    def _local_folder(self) -> Path:
        return self._context.access.folder(self._context.tenant, self._config.url.removeprefix("file://"))

    async def _remote(self) -> _Remote:
        """Looked up anew for each command's connections: git is told the checked addresses and looks up nothing."""
        if not _is_web(self._config.url):
            folder = self._local_folder()
            await asyncio.to_thread(_require_whole, folder)
            return _Remote("file://" + quote(str(folder)), "file", {})
        url, addresses = await self._context.fetcher.addresses(self._config.url)
        settings = {"http.curloptResolve": f"{url.raw_host}:{url.port}:{','.join(addresses)}"}
        if self._context.fetcher.rules.ca_file is not None:
            settings["http.sslCAInfo"] = str(self._context.fetcher.rules.ca_file)
        if self._config.secret is not None:
            secret = self._context.access.secret(self._context.tenant, self._config.secret, url)
            value = authorization(secret.username or "git", secret.password.get_secret_value())
            settings["http.extraHeader"] = f"Authorization: {value}"
        return _Remote(str(url), url.scheme, settings)

    async def _opened(self, remote: _Remote) -> Git:
        """Git for the remote, in a repository of our own that is still empty at first."""
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="ragstone-git-", ignore_cleanup_errors=True)
            await self._git_for(remote).run("init", "--quiet", "--bare", "--template=", ".")
        return self._git_for(remote)

    def _git_for(self, remote: _Remote) -> Git:
        folder = Path(self._folder.name) if self._folder is not None else Path(os.devnull)
        context = self._context
        return Git(folder, remote.protocol, context.seconds, context.max_source_bytes, remote.settings)

    async def _fetched(self) -> Git:
        if self._git is None:
            remote = await self._remote()
            git = await self._opened(remote)
            # Shallow, which also rules the old http protocol out: there a repository can name others to copy from.
            options = ["--quiet", "--depth=1", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head"]
            await git.run("fetch", *options, "--", remote.url, f"+{self._ref()}:{_HEAD}")
            self._commit = (await git.run("rev-parse", "--verify", _HEAD + "^{commit}")).decode().strip()
            self._git = git
        return self._git

    def _ref(self) -> str:
        return "HEAD" if self._config.branch is None else f"refs/heads/{self._config.branch}"

    def _item(self, entry: bytes) -> Item | None:
        """The file of an entry: mode, type, id and size, a tab, and the path; None for a hidden one."""
        facts, _, name = entry.partition(b"\t")
        mode, _, blob, size = facts.decode().split()
        path = name.decode(errors="backslashreplace")
        inside = path.removeprefix(self._config.path).lstrip("/") or path
        if any(part.startswith(".") for part in PurePosixPath(inside).parts):
            return None
        source = f"{self._config.url}#{path}"
        if mode in _ODD:
            return Item(path, inside, source, skipped=_ODD[mode][0], detail=_ODD[mode][1])
        if mode not in _FILES:
            return Item(path, inside, source, skipped="not_a_file", detail="this is no regular file")
        return Item(path, inside, source, blob, int(size))


def _is_web(url: str) -> bool:
    return "://" in url and not url.startswith("file://")


def _require_whole(folder: Path) -> None:
    """Refuse a local repository that is pieced together from others: they may lie outside the allowed roots."""
    inside = folder / ".git" if (folder / ".git").exists() else folder
    if not (inside / "objects").is_dir():
        raise SourceRefused("there is no repository in this folder")
    parts = [inside, *(Path(at, name) for at, folders, files in os.walk(inside) for name in [*folders, *files])]
    borrowed = [inside / "commondir", inside / "objects" / "info" / "alternates"]
    if any(part.is_symlink() for part in parts) or any(part.exists() for part in borrowed):
        raise SourceRefused("the repository borrows from other folders")


async def _entries(output: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    rest = b""
    async for piece in output:
        *whole, rest = (rest + piece).split(b"\0")
        for entry in whole:
            yield entry


async def _with(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    if first:
        yield first
    async for piece in rest:
        yield piece
