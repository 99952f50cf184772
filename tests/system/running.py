"""Starting, killing and using a real Ragstone in a process of its own."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx

START_SECONDS = 60


@dataclass
class Ragstone:
    """``ragstone up`` on a data folder; started, killed and started again as a test needs."""

    data_dir: Path
    port: int = 18080
    process: subprocess.Popen[bytes] | None = None
    environment: dict[str, str] = field(default_factory=dict)
    """Settings beside those of this process."""

    def start(self) -> "Ragstone":
        command = [sys.executable, "-m", "ragstone_standalone", "up", "--data-dir", self.data_dir, "--port", self.port]
        environment = os.environ | self.environment
        self.process = subprocess.Popen([str(part) for part in command], start_new_session=True, env=environment)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            assert self.process.poll() is None, "ragstone up ended before it answered"
            try:
                if httpx.get(self.url + "/readyz").status_code == 200:
                    return self
            except (httpx.TransportError, FileNotFoundError):
                time.sleep(0.05)
        raise AssertionError(f"not ready within {START_SECONDS} s")

    @property
    def url(self) -> str:
        return (self.data_dir / "address").read_text()

    @property
    def key(self) -> str:
        return (self.data_dir / "api-key").read_text()

    def client(self, key: str | None = None) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers={"authorization": f"Bearer {key or self.key}"}, timeout=60)

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """Ctrl-C; returns the exit status."""
        return self._end(signal.SIGINT)

    def _end(self, how: signal.Signals) -> int:
        assert self.process is not None
        if self.process.poll() is None:
            os.kill(self.process.pid, how)
        status = self.process.wait(timeout=30)
        self.process = None
        return status


def upload(client: httpx.Client, collection: str, name: str, content: bytes) -> httpx.Response:
    return client.post("/v1/documents", data={"collection": collection}, files={"file": (name, content)})


def wait_until_ended(client: httpx.Client, document_id: str, seconds: float = 90) -> dict[str, object]:
    """The document once it is ready, rejected or failed."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        document: dict[str, object] = client.get(f"/v1/documents/{document_id}").raise_for_status().json()
        if document["state"] not in {"queued", "running"}:
            return document
        time.sleep(0.05)
    raise AssertionError(f"document {document_id} has not ended within {seconds} s")
