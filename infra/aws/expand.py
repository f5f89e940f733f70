"""Makes of a SAM template what CloudFormation gets of it, as JSON: `expand.py TEMPLATE`. Asks nobody, needs no account."""

import hashlib
import json
import logging
import sys

from boto3 import Session
from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse
from yaml import YAMLError

# It tells of features that it looks for in a configuration which only AWS has.
logging.disable(logging.WARNING)

with open(sys.argv[1], encoding="utf-8") as file:
    text = file.read()
try:
    template = yaml_parse(text)
except YAMLError as error:
    sys.exit(f"{sys.argv[1]} is no YAML: {error}")

# Where a deployment has uploaded the programs is no part of the template.
template["Globals"]["Function"].pop("CodeUri")
for resource in template["Resources"].values():
    if resource["Type"] == "AWS::Serverless::Function":
        program = resource["Metadata"]["BuildProperties"]["Binary"]
        resource["Properties"]["CodeUri"] = f"s3://programs/{program}.zip"

# No policy is looked up: roles are written out in the template. Any region does, as none is asked.
translator = Translator({}, Parser(), boto_session=Session(region_name="us-east-1"))
try:
    expanded = translator.translate(template, parameter_values={})
except InvalidDocumentException as error:
    sys.exit("\n".join(str(cause.message) for cause in error.causes))
# So that whoever has no Python can tell whether this is still what the template comes to.
expanded["Metadata"]["Template"] = {"Sha256": hashlib.sha256(text.encode()).hexdigest()}


def laid_out(value, depth=0):
    """JSON with a line for each property of a resource, so that a change shows as one."""
    if not isinstance(value, dict) or not value or depth == 4:
        return json.dumps(value, ensure_ascii=False)
    inner = " " * (depth + 1)
    lines = (f"{inner}{json.dumps(key)}: {laid_out(part, depth + 1)}" for key, part in value.items())
    return "{\n" + ",\n".join(lines) + "\n" + " " * depth + "}"


print(laid_out(expanded))
