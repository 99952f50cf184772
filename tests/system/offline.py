"""Run inside an empty network namespace: start Ragstone, give it a document, ask about it, print the answer.

Usage, in the root of the repository: ``unshare --map-root-user --net python -m tests.system.offline DATA_DIR``
"""

import fcntl
import socket
import struct
import sys
from pathlib import Path

from .running import Ragstone, upload, wait_until_ended

_SET_FLAGS, _UP_AND_RUNNING = 0x8914, 0x41


def bring_loopback_up() -> None:
    """A new namespace has a loopback device, but switched off."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sh14s", b"lo", _UP_AND_RUNNING, b""))


def main() -> None:
    bring_loopback_up()
    ragstone = Ragstone(Path(sys.argv[1])).start()
    try:
        with ragstone.client() as client:
            client.post("/v1/collections", json={"name": "offline"}).raise_for_status()
            accepted = upload(client, "offline", "a.html", b"<p>The Halden bridge was painted green in 1988.</p>")
            wait_until_ended(client, accepted.raise_for_status().json()["document_id"])
            body = {"question": "When was the Halden bridge painted?", "collection": "offline"}
            sys.stdout.write(client.post("/v1/chat", json=body).raise_for_status().json()["answer"])
    finally:
        ragstone.stop()


if __name__ == "__main__":
    main()
