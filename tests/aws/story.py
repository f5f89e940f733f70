"""The stack on an emulated AWS, used as its users use it: `story.py TEMPLATE PROGRAMS PANEL`.

TEMPLATE is the stack as an emulator can make it (`cargo xtask template --emulator TEMPLATE`), PROGRAMS the folder with the
functions' programs (`cargo build -p lambda --bins`), PANEL the panel's files (`cargo xtask web`). Ends with a line of how
many chapters passed. `cargo xtask test --stage aws` does all of it."""

import hashlib
import hmac
import io
import json
import mimetypes
import subprocess
import sys
import tempfile
import time
import traceback
import zipfile
from pathlib import Path

from boto3.dynamodb.types import TypeDeserializer
from cloudfront import Caller, CloudFront
from emulator import Emulator
from stack import ROOT, deploy, package

STACK = "keelson"
DEPLOYS = {"DeployFunctions": "arn:aws:lambda:us-east-1:000000000000:function:shop-*"}
REPOSITORY = "acme/shop"
AT = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
# How long anything may take that goes on by itself. The emulator's queues and streams are polled.
DEADLINE = 90


def until(what, look):
    """Waits until something is so, and answers it."""
    end = time.monotonic() + DEADLINE
    last = None
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.3)
    raise AssertionError(f"not within {DEADLINE} s: {what} (last: {last or found!r})")


class Story:
    """What the chapters share."""

    def __init__(self, emulator, outputs, cloudfront):
        self.emulator = emulator
        self.outputs = outputs
        self.cloudfront = cloudfront
        self.functions = emulator.client("lambda")
        self.anyone = Caller(cloudfront)
        self.ada = None
        self.secret = None
        self.deliveries = 0
        self.artifacts = {}

    # Small things

    def call(self, method, path, body=None, by=None, wanted=range(200, 300)):
        status, said, _ = (by or self.ada).ask(method, path, body)
        assert status in wanted, f"{method} {path}: {status} {said}"
        return said

    def invoke(self, program, order):
        """As AWS's own services and an admin's `aws lambda invoke` do it."""
        answer = self.functions.invoke(
            FunctionName=f"{STACK}-{program}:live", Payload=json.dumps(order).encode()
        )
        said = json.loads(answer["Payload"].read() or b"null")
        assert "FunctionError" not in answer, f"{program}: {said}"
        return said

    def tick(self):
        """What Scheduler does each minute, at once."""
        for program in ("webhooks", "promotions"):
            self.invoke(program, {"keelson": "tick"})

    def hook(self, event, payload, secret=None, delivery=None):
        body = json.dumps(payload).encode()
        self.deliveries += 1
        delivery = delivery or f"00000000-0000-4000-8000-{self.deliveries:012}"
        signature = hmac.new((secret or self.secret).encode(), body, hashlib.sha256).hexdigest()
        headers = {
            "X-GitHub-Event": event,
            "X-GitHub-Delivery": delivery,
            "X-Hub-Signature-256": f"sha256={signature}",
            "Content-Type": "application/json",
        }
        return self.anyone.ask("POST", "/hooks/github", body, headers)[0], delivery

    def lane(self, environment):
        view = self.call("GET", "/api/services/shop")
        return next(lane for lane in view["environments"] if lane["environment"] == environment)

    def runs(self, environment, artifact):
        def look():
            self.tick()
            running = (self.lane(environment).get("running") or {}).get("release", {}).get("artifact")
            return running == artifact

        until(f"{environment} runs {artifact[:19]}", look)

    def alias(self, environment):
        """Which artifact an alias leads to, as Lambda itself tells."""
        function = f"shop-{environment}"
        alias = self.functions.get_alias(FunctionName=function, Name="live")
        version = self.functions.get_function_configuration(
            FunctionName=function, Qualifier=alias["FunctionVersion"]
        )
        return alias, version["CodeSha256"]

    # What the team has

    def service_function(self, environment):
        """A function of the team's own, which Keelson did not make."""
        self.functions.create_function(
            FunctionName=f"shop-{environment}",
            Runtime="provided.al2023",
            Handler="bootstrap",
            Role=f"arn:aws:iam::000000000000:role/shop-{environment}",
            Code={"ZipFile": build("nothing yet")},
        )

    def change(self, name, before, sha):
        """Bob pushes, CI is green and registers what it built."""
        status, delivery = self.hook("push", pushed(name, before, sha))
        assert status == 202, status
        assert self.hook("push", pushed(name, before, sha), delivery=delivery)[0] == 202, "told again"
        assert self.hook("check_run", checked(sha))[0] == 202
        with tempfile.NamedTemporaryFile(suffix=".zip") as file:
            file.write(build(name))
            file.flush()
            digest = f"sha256:{hashlib.sha256(Path(file.name).read_bytes()).hexdigest()}"
            self.push_artifact(file.name, sha)
        self.artifacts[name] = digest
        return digest

    def push_artifact(self, file, sha):
        """The script that a pipeline runs, which uploads to S3 itself."""
        host, port = self.cloudfront.host, self.cloudfront.port
        with tempfile.TemporaryDirectory() as home:
            # CloudFront's name leads to this machine, by a certificate that nobody else trusts.
            settings = f'connect-to = "{host}:443:127.0.0.1:{port}"\ncacert = "{self.cloudfront.certificate}"\n'
            (Path(home) / ".curlrc").write_text(settings)
            environment = {
                "PATH": "/usr/local/bin:/usr/bin:/bin",
                "HOME": home,
                "KEELSON_URL": f"https://{host}",
                "KEELSON_TOKEN": self.ada.token,
            }
            script = ROOT / "infra/ci/push-artifact.sh"
            pushed = subprocess.run(
                [script, file, "shop", sha], env=environment, capture_output=True, text=True, timeout=120
            )
        assert pushed.returncode == 0, pushed.stderr
        assert "is registered for shop" in pushed.stdout, pushed.stdout

    # The chapters

    def nobody_goes_around_cloudfront(self):
        import http.client

        connection = http.client.HTTPConnection("127.0.0.1", self.emulator.port)
        connection.request("GET", "/readyz", headers={"Host": self.cloudfront.api})
        assert connection.getresponse().status == 403

    def it_is_ready_and_answers_in_its_own_words(self):
        assert self.anyone.ask("GET", "/readyz")[0] == 204
        status, problem, headers = self.anyone.ask("GET", "/api/services")
        assert (status, headers["Content-Type"]) == (401, "application/problem+json"), (status, headers)
        status, problem, _ = self.anyone.ask("GET", "/api/nothing")
        assert status == 404 and problem["title"], problem

    def whoever_may_invoke_the_panel_gets_the_first_link(self):
        link = self.invoke("panel", {"keelson": "sign_in_link", "login": "ada"})["url"]
        assert link.startswith(f"https://{self.cloudfront.host}/"), link
        origin = {"Origin": f"https://{self.cloudfront.host}"}
        status, me, headers = self.anyone.ask("POST", "/auth/session", {"secret": link.split("#")[1]}, origin)
        assert status == 200 and me["login"] == "ada", (status, me)
        self.cookie = headers["Set-Cookie"].split(";")[0]
        status, made, _ = self.anyone.ask("POST", "/api/tokens", {"name": "story"}, origin | {"Cookie": self.cookie})
        assert status in (200, 201), (status, made)
        self.ada = Caller(self.cloudfront, made["secret"])

    def a_service_on_lambda_is_declared(self):
        self.secret = self.call("PUT", "/api/connections/github", {"kind": "github"})["secret"]
        for environment in ("staging", "production"):
            self.service_function(environment)
        process = MANIFEST.replace('kind = "lambda", function = "shop-staging"', 'kind = "process", command = ["./run"]')
        refused = self.call("PUT", "/api/services/shop", {"manifest": process}, wanted=range(400, 500))
        assert "staging" in json.dumps(refused), refused
        self.call("PUT", "/api/services/shop", {"manifest": MANIFEST})

    def a_webhook_with_a_wrong_signature_is_refused(self):
        assert self.hook("push", pushed("evil", "0" * 40, "e" * 40), secret="not the secret")[0] == 401

    def a_change_reaches_production_on_the_alias(self):
        first = self.change("one", "0" * 40, "1" * 40)
        self.runs("staging", first)
        assert self.alias("staging")[1] == base64_of(first), "the version is the artifact"
        self.approve(first)
        self.runs("production", first)
        assert self.alias("production")[1] == base64_of(first)

    def approve(self, artifact):
        def look():
            self.tick()
            waiting = (it for it in self.lane("production")["waiting"] if it["release"]["artifact"] == artifact)
            return next((it for it in waiting if any("approval" in why for why in it["waits_for"])), None)

        promotion = until("production asks for an approval", look)
        self.call("POST", f"/api/promotions/{promotion['id']}/approve", {"diff": promotion["diff"]})
        return promotion["id"]

    def a_second_change_is_a_canary_first(self):
        second = self.change("two", "1" * 40, "2" * 40)
        self.runs("staging", second)
        promotion = self.approve(second)
        weights = []

        def look():
            self.tick()
            alias, _ = self.alias("production")
            weight = (alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
            if weight and list(weight.values()) not in weights:
                weights.append(list(weight.values()))
            view = self.call("GET", f"/api/promotions/{promotion}")
            if any(action.get("action") == "approve" and action.get("allowed") for action in view.get("actions", [])):
                # Nobody visits: a person decides.
                self.call("POST", f"/api/promotions/{promotion}/approve", {"diff": view["diff"]}, wanted=range(200, 500))
            return view["phase"] in ("done", "failed", "rolled_back", "cancelled") and view

        view = until("the second promotion is over", look)
        assert view["phase"] == "done", view
        assert weights == [[0.2]], weights
        assert self.alias("production")[1] == base64_of(second)

    def one_command_goes_back(self):
        began = time.monotonic()
        body = {"reason": "checkout is slow"}
        self.call("POST", "/api/services/shop/environments/production/rollback", body)
        first = base64_of(self.artifacts["one"])
        until("the alias leads back", lambda: self.alias("production")[1] == first)
        print(f"    back on the alias after {time.monotonic() - began:.1f} s")
        self.runs("production", self.artifacts["one"])
        assert self.lane("production")["hold"]["reason"].endswith("checkout is slow")

    def what_cannot_be_handled_is_a_dead_letter_and_is_sent_again(self):
        queues = self.emulator.client("sqs")
        url = queues.get_queue_url(QueueName=f"{STACK}-promotions-dead")["QueueUrl"]
        event = self.call("GET", "/api/audit?service=shop&limit=1")["items"][0]
        letters = self.call("GET", "/api/dead-letters")
        assert letters == [] or letters.get("items") == [], letters
        envelope = {"source": "keelson", "detail-type": "artifact_registered", "detail": self.stored(event["id"])}
        queues.send_message(QueueUrl=url, MessageBody=json.dumps(envelope, default=int))

        def listed():
            letters = self.call("GET", "/api/dead-letters")
            return letters if isinstance(letters, list) else letters["items"]

        letter = until("the dead letter is listed", listed)[0]
        self.call("POST", f"/api/dead-letters/{letter['subscriber']}/{letter['event']['id']}/redrive")
        until("it is handled", lambda: not listed())

    def stored(self, event):
        """An event as its row has it, which is what the bus carries."""
        rows = self.emulator.client("dynamodb").scan(TableName=f"{STACK}-events")["Items"]
        row = next(row for row in rows if row["pk"]["S"].endswith(event))
        return TypeDeserializer().deserialize(row["body"])

    def the_audit_log_is_chained_and_whole(self):
        until("a block is chained", lambda: self.call("GET", "/api/audit/head").get("number") is not None)
        verified = self.call("GET", "/api/audit/verify")
        assert not verified.get("problems"), verified

    def the_panel_works_in_a_browser(self):
        look = ROOT / "tests/browser/stack.mjs"
        arguments = [self.cloudfront.host, str(self.cloudfront.port), self.cookie]
        seen = subprocess.run(["node", look, *arguments], capture_output=True, text=True, timeout=120)
        assert seen.returncode == 0, seen.stdout + seen.stderr


MANIFEST = """
[service]
name = "shop"
team = "shop"
repository = "github:acme/shop"

[ci]
required = ["unit"]

[[environment]]
name = "staging"
promote = "auto"
target = { kind = "lambda", function = "shop-staging" }

[[environment]]
name = "production"
promote = "gated"
target = { kind = "lambda", function = "shop-production" }
steps = [{ weight = 20, bake = "1s" }, { weight = 100, bake = "1s" }]
gates = { approvals = { count = 1 } }
"""


def build(name):
    """A function's package: the same bytes each time."""
    program = f'''#!/bin/sh
while true; do
  head=$(mktemp)
  curl -s -D "$head" -o /dev/null "http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation/next"
  id=$(grep -i lambda-runtime-aws-request-id "$head" | tr -d '[:space:]' | cut -d : -f 2)
  curl -s -d '"{name}"' "http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation/$id/response"
done
'''
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        file = zipfile.ZipInfo("bootstrap", (2026, 1, 1, 0, 0, 0))
        file.external_attr = 0o755 << 16
        archive.writestr(file, program)
    return packed.getvalue()


def base64_of(digest):
    """A digest as Lambda spells it."""
    import base64

    return base64.b64encode(bytes.fromhex(digest.removeprefix("sha256:"))).decode()


def repository():
    return {"id": 74, "name": "shop", "full_name": REPOSITORY, "default_branch": "main"}


def pushed(message, before, sha):
    """What GitHub tells of a push of one commit."""
    person = {"name": "bob", "email": "bob@example.com", "username": "bob"}
    commit = {"id": sha, "distinct": True, "message": message, "timestamp": AT, "url": "https://github.com/acme"}
    commit |= {"author": person, "committer": person}
    head = {"ref": "refs/heads/main", "before": before, "after": sha, "created": False, "deleted": False}
    head |= {"forced": False, "commits": [commit], "head_commit": commit, "pusher": person}
    return head | {"repository": repository(), "sender": {"login": "bob", "id": 1, "type": "User"}}


def checked(sha):
    """What GitHub tells of a check that went well."""
    run = {"id": 4, "name": "unit", "head_sha": sha, "status": "completed", "conclusion": "success"}
    run |= {"started_at": AT, "completed_at": AT, "html_url": "https://github.com/acme", "app": {"slug": "x"}}
    run |= {"check_suite": {"id": 5, "head_branch": "main", "head_sha": sha}}
    return {"action": "completed", "check_run": run, "repository": repository()}


def upload_panel(emulator, bucket, folder):
    """As the stack's README says."""
    storage = emulator.client("s3")
    for file in sorted(Path(folder).rglob("*")):
        if file.is_file() and file.suffix not in (".br", ".gz"):
            kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
            kind = {".wasm": "application/wasm", ".js": "text/javascript"}.get(file.suffix, kind)
            storage.upload_file(
                str(file), bucket, str(file.relative_to(folder)), ExtraArgs={"ContentType": kind}
            )


CHAPTERS = [
    Story.nobody_goes_around_cloudfront,
    Story.it_is_ready_and_answers_in_its_own_words,
    Story.whoever_may_invoke_the_panel_gets_the_first_link,
    Story.a_service_on_lambda_is_declared,
    Story.a_webhook_with_a_wrong_signature_is_refused,
    Story.a_change_reaches_production_on_the_alias,
    Story.a_second_change_is_a_canary_first,
    Story.one_command_goes_back,
    Story.what_cannot_be_handled_is_a_dead_letter_and_is_sent_again,
    Story.the_audit_log_is_chained_and_whole,
    Story.the_panel_works_in_a_browser,
]


def main(template, programs, panel):
    template = json.loads(Path(template).read_text())
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder, Emulator(folder) as emulator:
        package(folder, programs)
        began = time.monotonic()
        outputs = deploy(emulator, STACK, template, folder, DEPLOYS)
        print(f"the stack stands after {time.monotonic() - began:.1f} s")
        upload_panel(emulator, outputs["PanelBucketName"], panel)
        secrets = emulator.client("secretsmanager")
        named = next(it["Name"] for it in secrets.list_secrets()["SecretList"] if "OriginSecret" in it["Name"])
        origin = secrets.get_secret_value(SecretId=named)["SecretString"]
        with CloudFront(emulator, template, outputs, origin, folder) as cloudfront:
            story = Story(emulator, outputs, cloudfront)
            for chapter in CHAPTERS:
                began, name = time.monotonic(), chapter.__name__.replace("_", " ")
                try:
                    chapter(story)
                except Exception:  # noqa: BLE001: whatever went wrong, the chapter failed
                    traceback.print_exc()
                    print(f"FAILED {name}")
                    failed += 1
                    # The next chapters build on this one.
                    break
                print(f"ok     {name} ({time.monotonic() - began:.1f} s)")
                passed += 1
        if failed:
            print(Path(emulator.log).read_text()[-6000:])
    failed += len(CHAPTERS) - passed - failed
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
