"""A process that stands for ``vllm serve``: its arguments, its HTTP endpoints, its way of shutting down; no model.

    python -m ragstone_testing.model_servers.vllm_process serve MODEL --port 8000 ...

Standard library only. It refuses arguments that vLLM 0.32 does not know of those Ragstone uses, answers 401 without the
key of ``VLLM_API_KEY`` on ``/v1``, and on SIGTERM lets requests under way end for ``--shutdown-timeout`` seconds while
it refuses new ones.
"""

import argparse
import json
import os
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

METRICS = """# HELP vllm:num_requests_running Number of requests in model execution batches.
# TYPE vllm:num_requests_running gauge
vllm:num_requests_running{{engine="0",model_name="{name}"}} {running}
# HELP vllm:num_requests_waiting Number of requests waiting to be processed.
# TYPE vllm:num_requests_waiting gauge
vllm:num_requests_waiting{{engine="0",model_name="{name}"}} 0.0
"""
_SECONDS_A_TOKEN = 0.05


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="vllm", allow_abbrev=False)
    parser.add_argument("command", choices=["serve"])
    parser.add_argument("model")
    for name in ("host", "served-model-name", "dtype", "quantization", "kv-cache-dtype"):
        parser.add_argument(f"--{name}")
    for name in ("tensor-parallel-size", "max-model-len", "max-num-seqs", "max-num-batched-tokens"):
        parser.add_argument(f"--{name}", type=int)
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--max-num-queued-reqs", type=int)
    parser.add_argument("--gpu-memory-utilization", type=float)
    parser.add_argument("--shutdown-timeout", type=int, default=0)
    for name in ("enable-prefix-caching", "enable-chunked-prefill"):
        parser.add_argument(f"--{name}", action=argparse.BooleanOptionalAction)
    parser.add_argument("--enable-auto-tool-choice", action="store_true")
    for name in ("tool-call-parser", "reasoning-parser"):
        parser.add_argument(f"--{name}")
    parser.add_argument("--speculative-config", type=json.loads)
    return parser.parse_args()


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, arguments: argparse.Namespace) -> None:
        super().__init__((arguments.host or "127.0.0.1", arguments.port), Handler)
        self.name = arguments.served_model_name or arguments.model
        self.key = os.environ.get("VLLM_API_KEY")
        self.patience = arguments.shutdown_timeout
        self.running = 0
        self.draining = False

    def end(self) -> None:
        """Wait for the requests under way, then stop."""
        self.draining = True
        until = time.monotonic() + self.patience
        while self.running and time.monotonic() < until:
            time.sleep(0.02)
        self.shutdown()


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        match self.path:
            case "/health":
                self._answer(200, b"")
            case "/metrics":
                text = METRICS.format(name=self.server.name, running=float(self.server.running))
                self._answer(200, text.encode())
            case _:
                self._answer(404, b"{}")

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if self.server.key and self.headers.get("authorization") != f"Bearer {self.server.key}":
            self._answer(401, b'{"error": "Unauthorized"}')
        elif self.server.draining:
            self._answer(503, b'{"error": {"message": "shutting down", "code": 503}}')
        elif body["model"] != self.server.name:
            self._answer(404, b'{"error": {"message": "The model does not exist", "code": 404}}')
        else:
            self._complete(body["max_tokens"])

    def _complete(self, tokens: int) -> None:
        self.server.running += 1
        try:
            time.sleep(tokens * _SECONDS_A_TOKEN)
            choice = {"index": 0, "text": " word" * tokens, "finish_reason": "length"}
            self._answer(200, json.dumps({"object": "text_completion", "choices": [choice]}).encode())
        finally:
            self.server.running -= 1

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        sys.stderr.write(f"INFO:     {format % arguments}\n")


def main() -> None:
    server = Server(_arguments())
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.end).start())
    server.serve_forever()


if __name__ == "__main__":
    main()
