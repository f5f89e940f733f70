"""What stands before the stack: answers over TLS as the template's distribution says, since the emulator's does not.

Which path goes where, which headers an origin gets and which ones an answer has are read from the template, so that a
mistake there shows here."""

import fnmatch
import http.client
import json
import socket
import ssl
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

# What concerns one connection only, and what is said anew.
HOP = {"connection", "keep-alive", "transfer-encoding", "upgrade", "host", "content-length"}
HEADERS = {
    "ContentSecurityPolicy": lambda said: ("Content-Security-Policy", said["ContentSecurityPolicy"]),
    "ContentTypeOptions": lambda said: ("X-Content-Type-Options", "nosniff"),
    "FrameOptions": lambda said: ("X-Frame-Options", said["FrameOption"]),
    "ReferrerPolicy": lambda said: ("Referrer-Policy", said["ReferrerPolicy"]),
    "StrictTransportSecurity": lambda said: ("Strict-Transport-Security", f"max-age={said['AccessControlMaxAgeSec']}"),
}


class CloudFront:
    """Started on entering, ended on leaving."""

    def __init__(self, emulator, template, outputs, origin_secret, folder):
        resources = template["Resources"]
        distribution = resources["Distribution"]["Properties"]["DistributionConfig"]
        self.behaviors = [(one["PathPattern"], one["TargetOriginId"]) for one in distribution["CacheBehaviors"]]
        self.default = distribution["DefaultCacheBehavior"]["TargetOriginId"]
        self.origins = {origin["Id"]: origin for origin in distribution["Origins"]}
        policy = resources["PanelHeaders"]["Properties"]["ResponseHeadersPolicyConfig"]
        self.headers = [HEADERS[name](said) for name, said in policy["SecurityHeadersConfig"].items()]
        self.headers += [(item["Header"], item["Value"]) for item in policy["CustomHeadersConfig"]["Items"]]
        self.host = outputs["DistributionDomain"]
        self.api = outputs["ApiEndpoint"].removeprefix("http://")
        self.bucket = outputs["PanelBucketName"]
        self.secret = origin_secret
        self.emulator = emulator
        self.storage = emulator.client("s3")
        certificate = Path(folder) / "certificate.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
            + ["-subj", f"/CN={self.host}", "-addext", f"subjectAltName=DNS:{self.host}"]
            + ["-keyout", certificate, "-out", certificate.with_suffix(".crt")],
            check=True,
            capture_output=True,
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.with_suffix(".crt"), certificate)
        self.certificate = certificate.with_suffix(".crt")
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        # A browser that is closed in the middle of an answer is no failure.
        self.server.handle_error = lambda *_: None
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def origin(self, path):
        """Where a path leads, as the distribution's behaviors say, the first that fits."""
        named = (origin for pattern, origin in self.behaviors if fnmatch.fnmatchcase(path, pattern))
        return next(named, self.default)

    def ask_api(self, method, target, headers, body, viewer):
        """What the API answers, reached as CloudFront reaches it."""
        sent = {name: value for name, value in headers if name.lower() not in HOP}
        for custom in self.origins["api"].get("OriginCustomHeaders", []):
            # The only one is a secret, which CloudFormation puts in the place of its name.
            sent[custom["HeaderName"]] = self.secret
        forwarded = sent.get("X-Forwarded-For")
        sent["X-Forwarded-For"] = ", ".join(part for part in (forwarded, viewer, "130.176.0.1") if part)
        sent["Host"] = self.api
        connection = http.client.HTTPConnection("127.0.0.1", self.emulator.port, timeout=60)
        try:
            connection.request(method, target, body=body, headers=sent)
            answer = connection.getresponse()
            kept = [(name, value) for name, value in answer.getheaders() if name.lower() not in HOP]
            return answer.status, kept, answer.read()
        finally:
            connection.close()

    def ask_panel(self, path):
        """A file of the panel; an address without a dot is its page, as the distribution's function says."""
        if "." not in path.rsplit("/", 1)[1]:
            path = "/index.html"
        try:
            found = self.storage.get_object(Bucket=self.bucket, Key=path[1:])
        except self.storage.exceptions.NoSuchKey:
            return 404, [("Content-Type", "text/plain")], b"there is no such file"
        headers = [("Content-Type", found["ContentType"]), ("Cache-Control", found.get("CacheControl", "no-cache"))]
        return 200, headers, found["Body"].read()

    def handler(stand_in):
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length) if length else None
                path = self.path.split("?")[0]
                if stand_in.origin(path) == "api":
                    asked = (self.command, self.path, self.headers.items(), body, self.client_address[0])
                    status, headers, said = stand_in.ask_api(*asked)
                else:
                    status, headers, said = stand_in.ask_panel(path)
                fixed = {name.lower() for name, _ in stand_in.headers}
                self.send_response(status)
                for name, value in headers:
                    if name.lower() not in fixed:
                        self.send_header(name, value)
                for name, value in stand_in.headers:
                    self.send_header(name, value)
                if status not in (204, 304):
                    self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                if self.command != "HEAD" and status not in (204, 304):
                    self.wfile.write(said)

            do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = answer

            def log_message(self, *_):
                pass

        return Handler


class Caller:
    """Asks through CloudFront, as a program does that has an API token."""

    def __init__(self, stand_in, token=None):
        self.stand_in = stand_in
        self.token = token

    def ask(self, method, path, body=None, headers=()):
        context = ssl.create_default_context(cafile=self.stand_in.certificate)
        connection = http.client.HTTPSConnection("127.0.0.1", self.stand_in.port, timeout=60, context=context)
        # The name of the certificate, though the address is this machine's.
        connection.sock = context.wrap_socket(
            socket.create_connection(("127.0.0.1", self.stand_in.port), 60),
            server_hostname=self.stand_in.host,
        )
        sent = {"Host": self.stand_in.host, **dict(headers)}
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            sent.setdefault("Content-Type", "application/json")
        try:
            connection.request(method, path, body=body, headers=sent)
            answer = connection.getresponse()
            said = answer.read()
            is_json = "json" in (answer.getheader("Content-Type") or "")
            return answer.status, json.loads(said) if is_json and said else said, {name.title(): value for name, value in answer.getheaders()}
        finally:
            connection.close()
