"""The one folder standalone keeps everything in, held by one process at a time."""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import SecretStr

from ragstone_contracts.errors import Conflict


class DataFolderInUse(Conflict):
    code, title = "data_folder_in_use", "Another process has opened this data folder"


class DataFolder:
    """Paths below ``.ragstone``, and the secrets that are made there once and never leave it."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()

    @property
    def api_key_file(self) -> Path:
        return self.root / "api-key"

    @property
    def address_file(self) -> Path:
        """Holds the base URL while standalone runs; its port may not be the one that was asked for."""
        return self.root / "address"

    @property
    def connector_roots_file(self) -> Path:
        """Folders below which connectors may read, a line each. Only who may write here can add to them."""
        return self.root / "connector-roots"

    def allow_connectors(self, folder: Path) -> bool:
        """Let connectors read below a folder; False if they may already. Raises ValueError for a name of two lines."""
        allowed = self.connector_roots_file.read_text().splitlines() if self.connector_roots_file.is_file() else []
        path = folder.resolve()
        if "\n" in str(path):
            raise ValueError("the folder's name holds a line break")
        if any(path.is_relative_to(root) for root in allowed if root):
            return False
        with self.connector_roots_file.open("a") as file:
            file.write(f"{path}\n")
        return True

    def sqlite_url(self, name: str) -> str:
        return f"sqlite+aiosqlite:///{self.root / name}.db"

    def path(self, name: str) -> Path:
        return self.root / name

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the folder for this process. Raises DataFolderInUse when another one does."""
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self.root / "lock").open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                lock.seek(0)
                raise DataFolderInUse(f"{self.root} is in use by process {lock.read().strip() or 'unknown'}") from error
            lock.truncate(0)
            lock.write(str(os.getpid()))
            lock.flush()
            yield

    def internal_secret(self) -> SecretStr:
        return self._secret("internal-secret", secrets.token_hex(32))

    def api_key(self) -> SecretStr:
        return self._secret("api-key", "rs_" + secrets.token_urlsafe(32))

    def _secret(self, name: str, fresh: str) -> SecretStr:
        """What the file holds; a file that is not there yet is made with ``fresh``, readable by its owner alone."""
        path = self.root / name
        if not path.exists():
            draft = self.root / f".{name}.{os.getpid()}"
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(fresh)
            draft.replace(path)
        return SecretStr(path.read_text().strip())
