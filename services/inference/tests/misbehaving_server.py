"""A model server that is healthy, or goes wrong in the one way that a test asks for: ``PORT FOLDER FAULT ...``."""

import http.server
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

PORT, FOLDER, FAULTS = int(sys.argv[1]), Path(sys.argv[2]), set(sys.argv[3:])
STARTED = time.monotonic()


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


class Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if (FOLDER / "hangs").exists():
            time.sleep(60)
        loading = "loads for a while" in FAULTS and time.monotonic() - STARTED < 0.5
        self.send_response(503 if loading else 200)
        self.end_headers()
        self.wfile.write(os.environ.get("RAGSTONE_SECRET", "no secret").encode())

    def log_message(self, *_: object) -> None:
        _say("asked")


if "crashes" in FAULTS or (FOLDER / "crashes").exists():
    _say("loading")
    sys.exit("no memory for the model")
if "does not go" in FAULTS:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if FAULTS & {"has a child", "has a child that left"}:
    child = subprocess.Popen(["sleep", "60"], start_new_session="has a child that left" in FAULTS)
    (FOLDER / "child").write_text(str(child.pid))
if "writes much" in FAULTS:
    _say("x" * 1_000_000 + "\n" + "y\n" * 5_000)
http.server.ThreadingHTTPServer(("127.0.0.1", PORT), Answers).serve_forever()
