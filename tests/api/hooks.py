"""What the fuzzing of the API knows of the installation that it fuzzes (`SCHEMATHESIS_HOOKS=hooks`).

Every other request is about things that exist, so that it gets beyond "there is no such thing".
"""

import atexit
import collections
import json
import os
import pathlib

import schemathesis

FACTS = pathlib.Path(os.environ["KEELSON_FUZZ_FACTS"])
known = json.loads(FACTS.read_text())["known"]
answers = collections.defaultdict(collections.Counter)
calls = collections.Counter()


def about_known_things(values, turn):
    """The values with some replaced by those of things that exist: in every other request, now more, now fewer."""
    if not isinstance(values, dict) or turn % 2:
        return values
    return {name: known.get(name, value) for name, value in values.items()}


@schemathesis.hook
def before_call(context, case, kwargs):
    operation = context.operation.label
    calls[operation] += 1
    turn = calls[operation]
    if case.path_parameters:
        case.path_parameters = about_known_things(case.path_parameters, turn)
    # A key that was used already hides what would come of the request.
    if case.headers and turn % 4 and "Idempotency-Key" in case.headers:
        del case.headers["Idempotency-Key"]
    if isinstance(case.query, dict) and turn % 4 == 0:
        case.query = about_known_things(case.query, turn)
    if isinstance(case.body, dict) and turn % 4 == 0:
        case.body = about_known_things(case.body, turn)


@schemathesis.hook
def after_call(context, case, response):
    answers[context.operation.label][response.status_code] += 1


@atexit.register
def tell():
    statuses = sum(answers.values(), collections.Counter())
    well = [operation for operation, counts in answers.items() if any(200 <= status < 300 for status in counts)]
    by_status = ", ".join(f"{count} × {status}" for status, count in sorted(statuses.items()))
    print(f"{statuses.total()} requests to {len(answers)} operations: {by_status}")
    print(f"{len(well)} operations answered 2xx at least once")
