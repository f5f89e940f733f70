"""Calls every operation of the API once as it is meant to be called, and checks each answer against the document.

`walk.py URL TOKEN-FILE KEELSON FACTS`: writes to FACTS what exists afterwards, for the fuzzing that follows to use.
"""

import gzip
import hashlib
import hmac
import io
import json
import pathlib
import sys
import tarfile
import time

import requests
import schemathesis
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

URL, TOKEN_FILE, KEELSON, FACTS = sys.argv[1:]
TOKEN = pathlib.Path(TOKEN_FILE).read_text().splitlines()[0]
# How long anything may take that goes on in the background.
DEADLINE = 60
ENVIRONMENT = "production"
# When everything is said to have happened.
AT = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
# What is left out, and why.
NOT_WALKED = {
    "begin_oidc": "leads a browser to an identity provider, which this installation does not have",
    "finish_oidc": "is where an identity provider leads a browser back to",
    "redrive_dead_letter": "nothing fails here that could be sent again",
}

CHECKS = [content_type_conformance, response_schema_conformance, status_code_conformance]

schema = schemathesis.openapi.from_url(f"{URL}/openapi.json")
operations = {
    operation.ok().definition.raw["operationId"]: operation.ok() for operation in schema.get_all_operations()
}
walked = set()
# Those of the connection's webhooks, the newest last.
secrets = []
# The browser of a second person.
bob = requests.Session()


def call(name, *, body=None, by=TOKEN, query=None, **path):
    """Calls an operation, which must succeed and answer as the document says; its answer.

    `by` is a token, nobody, or the session of a browser.
    """
    parts = {"path_parameters": path, "query": query or {}}
    if body is not None:
        parts |= {"body": body, "media_type": "application/json"}
    case = operations[name].Case(**parts)
    if isinstance(by, requests.Session):
        response = case.call(session=by, headers={"Origin": URL})
    else:
        response = case.call(headers={"Authorization": f"Bearer {by}"} if by else {})
    case.validate_response(response, CHECKS)
    if not 200 <= response.status_code < 300:
        sys.exit(f"{name} answered {response.status_code}: {response.text}")
    walked.add(name)
    return response.json() if response.content else None


def until(what, look):
    """Waits until something is so."""
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        if found := look():
            return found
        time.sleep(0.1)
    sys.exit(f"not within {DEADLINE} s: {what}")


def archive(name):
    """An artifact that runs wherever `keelson` does."""
    files = {
        "run": (0o755, '#!/bin/sh\nexec "$KEELSON_BIN" demo-service\n'),
        "version.toml": (0o644, f'name = "{name}"\ntitle = "{name}"\nerror_share = 0.0\ndelay = "0s"\n'),
    }
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for path, (mode, text) in files.items():
            member = tarfile.TarInfo(path)
            member.mode, member.size = mode, len(text)
            tar.addfile(member, io.BytesIO(text.encode()))
    return gzip.compress(packed.getvalue(), mtime=0)


def manifest(service):
    """Two environments: one that takes everything, one that asks."""
    target = f'{{ kind = "process", command = ["./run"], drain = "1s", env = {{ KEELSON_BIN = {json.dumps(KEELSON)} }} }}'
    return f"""
[service]
name = "{service}"
team = "shop"
repository = "github:acme/{service}"

[[environment]]
name = "staging"
promote = "auto"
target = {target}

[[environment]]
name = "production"
promote = "gated"
target = {target}
steps = [{{ weight = 100, bake = "1s" }}]
gates = {{ approvals = {{ count = 1 }} }}
"""


def push(service, name, before, commit):
    """Somebody pushes a commit, and CI brings in what it built; its digest."""
    hook("push", pushed(service, name, before * 40, commit * 40))
    hook("check_run", checked(service, commit * 40))
    content = archive(name)
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    body = {"digest": digest, "size": len(content), "commit": commit * 40}
    announced = call("announce_artifact", service=service, body=body)
    if upload := announced.get("upload"):
        url = upload["url"] if "://" in upload["url"] else URL + upload["url"]
        requests.put(url, data=content, headers={"Authorization": f"Bearer {TOKEN}"}).raise_for_status()
    call("complete_artifact", digest=digest, body={"service": service})
    return digest


def lane(service, environment=ENVIRONMENT):
    view = call("get_service", service=service)
    return next(lane for lane in view["environments"] if lane["environment"] == environment)


def runs(service, environment, digest):
    running = lambda: (lane(service, environment).get("running") or {}).get("release", {}).get("artifact")
    until(f"{environment} runs {digest}", lambda: running() == digest)


def waiting(service, digest):
    """The promotion of that artifact that waits for an approval."""
    def look():
        mine = (it for it in lane(service)["waiting"] if it["release"]["artifact"] == digest)
        return next((it for it in mine if any("approval" in why for why in it["waits_for"])), None)
    return until(f"{digest} waits for an approval", look)


def approve(service, digest):
    promotion = waiting(service, digest)
    call("approve_promotion", promotion=promotion["id"], body={"diff": promotion["diff"]})
    return promotion["id"]


def repository(service):
    return {"id": 74, "name": service, "full_name": f"acme/{service}", "default_branch": "main"}


def pushed(service, message, before, sha):
    """What GitHub tells of a push of one commit."""
    person = {"name": "bob", "email": "bob@example.com", "username": "bob"}
    commit = {"id": sha, "distinct": True, "message": message, "timestamp": AT, "url": "https://github.com/acme"}
    commit |= {"author": person, "committer": person}
    head = {"ref": "refs/heads/main", "before": before, "after": sha, "created": False, "deleted": False}
    head |= {"forced": False, "commits": [commit], "head_commit": commit, "pusher": person}
    return head | {"repository": repository(service), "sender": {"login": "bob", "id": 1, "type": "User"}}


def checked(service, sha):
    """What GitHub tells of a check that went well."""
    run = {"id": 4, "name": "unit", "head_sha": sha, "status": "completed", "conclusion": "success"}
    run |= {"started_at": AT, "completed_at": AT, "html_url": "https://github.com/acme", "app": {"slug": "x"}}
    run |= {"check_suite": {"id": 5, "head_branch": "main", "head_sha": sha}}
    return {"action": "completed", "check_run": run, "repository": repository(service)}


def hook(event, payload):
    """Delivers a webhook of GitHub's."""
    body = json.dumps(payload).encode()
    signature = hmac.new(secrets[-1].encode(), body, hashlib.sha256).hexdigest()
    headers = {
        "X-GitHub-Event": event,
        "X-GitHub-Delivery": hashlib.sha256(body).hexdigest(),
        "X-Hub-Signature-256": f"sha256={signature}",
        "Content-Type": "application/json",
    }
    response = requests.post(f"{URL}/hooks/github", data=body, headers=headers)
    case = operations["receive_hook"].Case(path_parameters={"connection": "github"})
    case.validate_response(response, CHECKS)
    response.raise_for_status()
    walked.add("receive_hook")


def people_and_tokens():
    call("get_me")
    call("put_user", login="bob", body={"name": "Bob", "grants": [{"role": "developer"}]})
    call("get_user", login="bob")
    call("list_users")
    link = call("create_sign_in_link", login="bob")["url"]
    call("sign_in", by=bob, body={"secret": link.split("#")[-1]})
    call("create_token", body={"name": "ci", "permissions": ["read"], "days": 1})
    gone = call("create_token", body={"name": "gone"})["token"]["id"]
    call("revoke_token", token=gone)
    call("list_tokens")
    call("get_sign_in_methods", by=None)
    call("put_user", login="eve", body={"name": "Eve", "grants": []})
    identity = {"issuer": "https://id.example", "subject": "1001"}
    call("link_identity", login="eve", body=identity)
    call("disable_user", login="eve")
    call("enable_user", login="eve")


def connection():
    secrets.append(call("put_connection", connection="github", body={"kind": "github"})["secret"])
    # Nobody listens there: what comes of asking is told, too.
    access = {"url": "http://127.0.0.1:9", "token": "t"}
    call("set_api_access", connection="github", body=access)
    call("remove_api_access", connection="github")
    call("rotate_connection", connection="github", body={"overlap_hours": 1})
    hook("ping", {"zen": "x", "hook_id": 1})
    call("list_connections")
    call("get_connection", connection="github")


def shipping():
    for service in ("shop", "billing"):
        call("put_service", service=service, body={"manifest": manifest(service)})
    call("list_services")
    first = push("shop", "1.0", "0", "a")
    runs("shop", "staging", first)
    approve("shop", first)
    runs("shop", ENVIRONMENT, first)
    second = push("shop", "1.1", "a", "b")
    runs("shop", "staging", second)
    call("get_ships", service="shop", query={"environment": ENVIRONMENT, "artifact": second})
    promotion = approve("shop", second)
    until("it is over", lambda: call("get_promotion", promotion=promotion)["phase"] == "done")
    where = {"service": "shop", "environment": ENVIRONMENT}
    call("roll_back", **where, body={"to": first, "reason": "a test"})
    runs("shop", ENVIRONMENT, first)
    call("set_hold", **where, body={"reason": "a test"})
    call("lift_hold", **where)
    call("set_lock", **where, body={"reason": "a test"})
    call("lift_lock", **where)
    third = push("shop", "1.2", "b", "c")
    asked = call("create_promotion", body={"service": "shop", "environment": ENVIRONMENT, "artifact": third})
    call("cancel_promotion", promotion=asked["id"])
    asked = call("create_promotion", body={"service": "shop", "environment": ENVIRONMENT, "artifact": third})
    asked = call("ask_override", promotion=asked["id"], body={"reason": "a test"})
    call("confirm_override", by=bob, promotion=asked["id"], body={"diff": asked["diff"]})
    runs("shop", ENVIRONMENT, third)
    return promotion, second


def trains():
    cars = {"shop": push("shop", "1.3", "c", "e"), "billing": push("billing", "1.0", "0", "d")}
    for service, artifact in cars.items():
        runs(service, "staging", artifact)
    of = [{"service": service, "artifact": artifact} for service, artifact in cars.items()]
    body = {"name": "both", "environment": ENVIRONMENT, "cars": of}
    stopped = call("create_train", body=body)["id"]
    call("cancel_train", train=stopped)
    over = lambda id, phase: until(f"a train is {phase}", lambda: call("get_train", train=id)["phase"] == phase)
    over(stopped, "stopped")
    made = call("create_train", body=body)["id"]
    for service, artifact in cars.items():
        approve(service, artifact)
    over(made, "done")
    call("roll_back_train", train=made, body={"reason": "a test"})
    call("list_trains")
    return made


def looking():
    in_production = {"environment": ENVIRONMENT}
    for name, query in {
        "list_changes": None,
        "list_artifacts": {"limit": 1},
        "list_promotions": in_production,
        "get_timeline": {"limit": 5},
        "get_logs": in_production,
        "get_traffic": in_production | {"minutes": 5, "points": 10},
        "get_dora": {"window": 7},
        "list_dora_rows": {"metric": "deployment_frequency"},
        "get_ci": {"window": 90},
    }.items():
        call(name, service="shop", query=query)
    call("list_dora")
    call("get_overview")
    call("get_audit", query={"service": "shop"})
    until("a block is chained", lambda: call("get_audit_head").get("number") is not None)
    call("verify_audit")
    call("list_dead_letters")
    for name in ("get_manifest_schema", "get_openapi", "healthz", "readyz"):
        call(name, by=None)


people_and_tokens()
connection()
promotion, digest = shipping()
train = trains()
looking()
call("sign_out", by=bob)
missing = set(operations) - walked - set(NOT_WALKED)
if missing:
    sys.exit(f"not called: {sorted(missing)}")
facts = {
    "connection": "github",
    "digest": digest,
    "environment": ENVIRONMENT,
    "login": "bob",
    "promotion": promotion,
    "service": "shop",
    "train": train,
}
pathlib.Path(FACTS).write_text(json.dumps({"known": facts, "walked": sorted(walked)}))
print(f"{len(walked)} of {len(operations)} operations answered as the document says when used well")
