"""A bucket for tests, from a package: S3's wire format on a loopback port."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

import boto3
import pytest
from moto.server import ThreadedMotoServer

REGION = "us-east-1"
_WOULD_WIN = ("AWS_ENDPOINT_URL_S3", "AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_CA_BUNDLE", "AWS_REGION")
"""Variables of the machine's own that the clients would rather follow."""


class S3Server:
    """Listens until its ``with`` block ends; whatever credentials it is shown are fine."""

    def __init__(self, url: str) -> None:
        self.url = url

    @classmethod
    @contextmanager
    def running(cls) -> Iterator[Self]:
        server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        server.start()
        try:
            host, port = server.get_host_and_port()
            yield cls(f"http://{host}:{port}")
        finally:
            server.stop()

    def new_bucket(self) -> str:
        name = f"test-{uuid.uuid4().hex}"
        with self.settings():
            boto3.client("s3", region_name=REGION).create_bucket(Bucket=name)
        return name

    @contextmanager
    def settings(self) -> Iterator[None]:
        """Every S3 client made inside finds this server, by the variables that they all read."""
        with pytest.MonkeyPatch.context() as patch:
            for name in _WOULD_WIN:
                patch.delenv(name, raising=False)
            patch.setenv("AWS_ENDPOINT_URL", self.url)
            patch.setenv("AWS_ACCESS_KEY_ID", "tester")
            patch.setenv("AWS_SECRET_ACCESS_KEY", "tester")
            patch.setenv("AWS_DEFAULT_REGION", REGION)
            patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
            yield


@pytest.fixture(scope="session")
def s3() -> Iterator[S3Server]:
    """One server for all tests of a run; each takes a bucket of its own from it."""
    with S3Server.running() as server:
        yield server
