"""Our one template on an emulator, without what the emulator does not know: `cargo xtask template --emulator FILE`."""

import json
import subprocess
import time
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PROGRAMS = ("webhooks", "promotions", "panel", "relay")
BUCKET = "programs"


def package(folder, programs):
    """The functions' packages in `folder`, made of the programs in `programs` without their debug information."""
    for program in PROGRAMS:
        stripped = Path(folder) / program
        subprocess.run(["strip", "-o", stripped, Path(programs) / program], check=True)
        with zipfile.ZipFile(Path(folder) / f"{program}.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            file = zipfile.ZipInfo("bootstrap")
            file.external_attr, file.compress_type = 0o755 << 16, zipfile.ZIP_DEFLATED
            archive.writestr(file, stripped.read_bytes())


def deploy(emulator, name, template, programs, parameters):
    """Uploads the programs, makes the stack, and answers its outputs."""
    storage = emulator.client("s3")
    storage.create_bucket(Bucket=BUCKET)
    for program in PROGRAMS:
        storage.upload_file(str(Path(programs) / f"{program}.zip"), BUCKET, f"{program}.zip")
    storage.put_object(Bucket=BUCKET, Key="template.json", Body=json.dumps(template).encode())
    formation = emulator.client("cloudformation")
    formation.create_stack(
        StackName=name,
        TemplateURL=f"{emulator.url}/{BUCKET}/template.json",
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
    )
    deadline = time.monotonic() + 120
    while True:
        stack = formation.describe_stacks(StackName=name)["Stacks"][0]
        status = stack["StackStatus"]
        if status == "CREATE_COMPLETE":
            return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
        if not status.endswith("IN_PROGRESS") or time.monotonic() > deadline:
            events = formation.describe_stack_events(StackName=name)["StackEvents"]
            failed = [
                f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason')}"
                for event in events
                if event["ResourceStatus"].endswith("FAILED")
            ]
            raise RuntimeError(f"the stack is {status}: {failed}")
        time.sleep(0.2)
