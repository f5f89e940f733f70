"""A service with the habits, good and bad, that a deploy target meets. `settings.json` beside it says which."""

import base64
import hashlib
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlparse

SETTINGS = json.load(open("settings.json"))
STARTED = time.monotonic()


CONNECTIONS = set()
PROBES = itertools.count()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    served = 0

    def setup(self):
        super().setup()
        CONNECTIONS.add(self)

    def finish(self):
        CONNECTIONS.discard(self)
        super().finish()

    def log_message(self, *_):
        pass

    def handle_one_request(self):
        super().handle_one_request()
        self.served += 1

    def answer(self, status, body, headers=()):
        body = body.encode()
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        if self.hangs_up():
            return
        length = 0
        if self.headers.get("transfer-encoding") == "chunked":
            while size := int(self.rfile.readline(), 16):
                length += len(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
        else:
            length = len(self.rfile.read(int(self.headers.get("content-length", 0))))
        self.answer(200, str(length))

    def do_GET(self):
        if self.hangs_up():
            return
        url = urlparse(self.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        getattr(self, "get_" + url.path.strip("/"), self.get_)(query)

    def hangs_up(self):
        """Closes a kept connection on its second request, as a service does whose keep-alive has just run out."""
        if SETTINGS.get("one_request_per_connection") and self.served > 0:
            self.close_connection = True
            return True
        return False

    def get_(self, _):
        self.answer(SETTINGS.get("status", 200), SETTINGS["version"])

    def get_readyz(self, _):
        waiting = time.monotonic() - STARTED < SETTINGS.get("ready_after", 0)
        waiting |= SETTINGS.get("flaps", False) and next(PROBES) % 2 == 1
        headers = [("keelson-artifact", SETTINGS["claims"])] if "claims" in SETTINGS else []
        self.answer(503 if waiting else 200, "warming up" if waiting else "ready", headers)

    def get_slow(self, query):
        print("slow begins", flush=True)
        time.sleep(float(query["seconds"]))
        self.answer(200, SETTINGS["version"])

    def get_connections(self, _):
        self.answer(200, str(len(CONNECTIONS)))

    def get_environment(self, _):
        self.answer(200, json.dumps(dict(os.environ)))

    def get_headers(self, _):
        self.answer(200, json.dumps({name.lower(): value for name, value in self.headers.items()}))

    def get_events(self, query):
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for number in range(int(query["count"])):
            event = f"data: {number}\n\n".encode()
            self.wfile.write(b"%x\r\n%s\r\n" % (len(event), event))
            self.wfile.flush()
            time.sleep(float(query["seconds"]))
        self.wfile.write(b"0\r\n\r\n")

    def get_exit(self, query):
        os._exit(int(query["code"]))

    def get_child(self, _):
        self.answer(200, str(subprocess.Popen(["sleep", "600"]).pid))

    def get_websocket(self, _):
        key = self.headers["sec-websocket-key"].encode() + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        self.send_response(101)
        self.send_header("connection", "Upgrade")
        self.send_header("upgrade", "websocket")
        self.send_header("sec-websocket-accept", base64.b64encode(hashlib.sha1(key).digest()).decode())
        self.end_headers()
        self.close_connection = True
        while True:
            head = self.rfile.read(2)
            if len(head) < 2:
                return
            mask = self.rfile.read(4)
            payload = bytes(byte ^ mask[i % 4] for i, byte in enumerate(self.rfile.read(head[1] & 0x7F)))
            print(f"websocket opcode {head[0] & 0x0F}", flush=True)
            self.wfile.write(bytes([head[0], len(payload)]) + payload)
            self.wfile.flush()


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


if "print" in SETTINGS:
    for line in SETTINGS["print"]:
        print(line, file=sys.stderr, flush=True)
if "exit" in SETTINGS:
    sys.exit(SETTINGS["exit"])
if SETTINGS.get("starts_only_once"):
    try:
        # Not in the folder of its release, which is unpacked anew for every start.
        open(os.path.join(os.environ["HOME"], "started"), "x")
    except FileExistsError:
        sys.exit(9)
if SETTINGS.get("loses_its_port_once"):
    try:
        open(os.path.join(os.environ["HOME"], "lost"), "x")
        taken = socket.create_server(("127.0.0.1", int(os.environ["PORT"])))
        # Somebody else as far as Keelson can tell, and gone by itself.
        stays = [sys.executable, "-c", "import time; time.sleep(20)"]
        none = subprocess.DEVNULL
        subprocess.Popen(
            stays, env={}, pass_fds=[taken.fileno()], start_new_session=True, stdin=none, stdout=none, stderr=none
        )
        sys.exit(1)
    except FileExistsError:
        pass
if SETTINGS.get("ignores_sigterm"):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
else:
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
server = Server(("127.0.0.1", int(os.environ["PORT"])), Handler)
print(json.dumps({"level": "info", "message": f"{SETTINGS['version']} listens"}), flush=True)
server.serve_forever()
