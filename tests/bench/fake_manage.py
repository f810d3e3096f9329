"""Stands in for manage.py: the commands that the benchmark uses, and no product behind them.

The folder it is copied to holds `refusals`: a line for each command that must fail.
"""

import json
import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ANSWER = json.dumps({"data": [{"embedding": [0.6, 0.8]}]}).encode()
HERE = Path(__file__).parent


class Handler(BaseHTTPRequestHandler):
    """Serves who has the key that `create_team` gave."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(200 if self.headers["Authorization"] == "Bearer aur_fake" else 401)

    def do_GET(self):
        self._answer(404)

    def _answer(self, status):
        self.send_response(status)
        self.send_header("Content-Length", str(len(ANSWER)))
        self.end_headers()
        self.wfile.write(ANSWER)

    def log_message(self, *_):
        """Nothing: this is a fake."""


def stack():
    server = ThreadingHTTPServer(("127.0.0.1", int(os.environ["AUROUS_PORT"])), Handler)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    print(f"READY http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever(0.01)


def main(command, *arguments):
    with (HERE / "asked").open("a") as log:
        log.write(" ".join([command, *arguments]) + "\n")
    if command in (HERE / "refusals").read_text().split():
        sys.exit(f"{command} is refused")
    if command == "stack":
        stack()
    if command == "create_team":
        print(json.dumps({"team_id": "team_1", "api_key": "aur_fake"}))


main(*sys.argv[1:])
