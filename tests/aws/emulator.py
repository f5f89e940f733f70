"""An AWS on this machine: ministack, started on ports of its own and ended with whoever started it."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import boto3
from botocore.config import Config

REGION = "us-east-1"
ACCOUNT = "000000000000"
# Made up: nothing here checks them, and nothing leaves this machine.
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Emulator:
    """Started on entering, ended on leaving; what it says lies in `log`."""

    def __init__(self, folder):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = Path(folder) / "emulator.log"
        self.process = None

    def __enter__(self):
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("AWS_")
        } | CREDENTIALS | {
            "GATEWAY_PORT": str(self.port),
            # Functions get it from the emulator; without it they would ask AWS itself.
            "AWS_ENDPOINT_URL": self.url,
            "AWS_DEFAULT_REGION": REGION,
            # It listens for devices too, on a port that two of it would share.
            "IOT_MTLS_PORT": str(free_port()),
        }
        program = Path(sys.executable).parent / "ministack"
        with open(self.log, "w", encoding="utf-8") as log:
            self.process = subprocess.Popen([program], env=environment, stdout=log, stderr=log)
        deadline = time.monotonic() + 60
        while not self.is_up():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.__exit__()
                raise RuntimeError(f"the emulator does not start: {self.log.read_text()[-2000:]}")
            time.sleep(0.1)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def is_up(self):
        try:
            with urllib.request.urlopen(f"{self.url}/_ministack/health", timeout=1) as answer:
                return answer.status == 200
        except OSError:
            return False

    def client(self, service):
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            # Whoever waits says how long; a call that is tried again behind one's back hides what is slow.
            config=Config(retries={"max_attempts": 1}, read_timeout=120, s3={"addressing_style": "path"}),
        )
