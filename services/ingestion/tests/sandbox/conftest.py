"""Parsers that misbehave, installed as an adapter would be: a folder with a module and its entry points."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ragstone_ingestion.sandbox import ParserPool, SandboxLimits

HOSTILE = """
import os, socket, subprocess, sys, time
from ragstone_contracts.documents import ParsedDocument

class Hostile:
    media_types = frozenset({"test/hostile"})

    def parse(self, source, filename):
        return getattr(self, source.read_text())(source)

    def pid(self, source):
        return ParsedDocument(text=str(os.getpid()), blocks=[])

    def spin(self, source):
        while True:
            pass

    def wait(self, source):
        source.with_suffix(".pid").write_text(str(os.getpid()))
        time.sleep(600)

    def grow(self, source):
        held = []
        while True:
            held.append(bytearray(32 * 1024 * 1024))

    def exit(self, source):
        os._exit(3)

    def connect(self, source):
        socket.socket().connect(("127.0.0.1", 9))

    def resolve(self, source):
        socket.create_connection(("ragstone.invalid", 9))

    def swallow(self, source):
        try:
            socket.create_connection(("127.0.0.1", 9))
        except OSError:
            return ParsedDocument(text="the network is refused", blocks=[])

    def spawn(self, source):
        subprocess.run([sys.executable, "-c", "pass"])

    def flood(self, source):
        return ParsedDocument(text="x" * (3 * 1024 * 1024), blocks=[])

    def fill(self, source):
        with open("big", "wb") as file:
            file.write(bytes(3 * 1024 * 1024))

    def recurse(self, source):
        return self.recurse(source)

    def fail(self, source):
        raise KeyError("what the document says is wrong")

    def blank(self, source):
        return ParsedDocument(text=" \\n", blocks=[])

    def chatter(self, source):
        print("x" * 100_000)
        sys.stdin.read()
        return ParsedDocument(text="quiet", blocks=[])

    def lie(self, source):
        blocks = [{"kind": "paragraph", "start": 0, "end": 500}]
        return ParsedDocument(text="short", blocks=blocks)

    def environment(self, source):
        return ParsedDocument(text="\\n".join(sorted(os.environ)), blocks=[])


class Unloadable:
    def __init__(self):
        raise RuntimeError("the adapter is broken")
"""


@pytest.fixture
def plugins(tmp_path: Path) -> Path:
    folder = tmp_path / "plugins"
    metadata = folder / "hostile-1.dist-info"
    metadata.mkdir(parents=True)
    (folder / "hostile.py").write_text(HOSTILE)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: hostile\nVersion: 1\n")
    (metadata / "entry_points.txt").write_text(
        "[ragstone.parsers]\ntest/hostile = hostile:Hostile\ntest/unloadable = hostile:Unloadable\n"
    )
    return folder


@pytest.fixture
async def pool(plugins: Path) -> AsyncIterator[ParserPool]:
    pool = ParserPool(SandboxLimits(memory_mb=512, seconds=3, output_mb=2), [plugins])
    yield pool
    await pool.close()
