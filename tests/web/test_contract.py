"""The interface keeps its own description, whatever is sent: no server error, no surprise."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from fixtures.cast import LUCHENG_PHARMACY
from tests.everything import (
    asked_at_desk,
    complaint,
    difference,
    old_stock,
    on_the_desk,
    program_key,
    proof,
    shown,
    subscription,
    suspected,
)
from tests.platform import CALLERS, on_the_road, open_platform, reversal, sent
from tests.world import AMLODIPINE, UNDESIGNATED

CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)
BY_ROLE = {role: name for name, (role, _) in reversed(CALLERS.items())}
BY_ROLE["pharmacist"] = BY_ROLE["counter"]  # who decides there as well


@pytest.fixture(scope="module")
def busy():
    """Open one platform for all examples, with something of everything in it."""
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/yaoda.db"
        platform = open_platform(url, Path(folder))
        rx, order, rider = on_the_road(platform)
        again = sent(platform, 2)
        told = on_the_desk(platform)
        ids = {
            "prescription_id": [
                str(rx),
                str(again),
                str(sent(platform, 3)),
            ],
            "order_id": [str(order)],
            "proof_id": [proof(rider, order)],
            "suspicion_id": [suspected(platform, again)],
            "entry_id": [old_stock(platform)],
            "difference_id": [difference(platform, rx)],
            "settlement_id": [reversal(platform, rx).split("/")[2]],
            "subscription_id": [subscription(platform)],
            "notice_id": [str(rx)],
            "upload_id": [str(rx)],
            "proposal_id": [str(rx)],
            "file_id": [str(rx)],
            "code": [AMLODIPINE, "X" * 23],
            "no": ["1", "2"],
            "feedback_id": [complaint(platform, rx)],
            "purpose": ["delivery", "helpers"],
            "outlet_code": [LUCHENG_PHARMACY, UNDESIGNATED],
            "route_id": [rider.get("/routes")[0]["id"]],
            "infno": [f"D00{no}" for no in range(1, 8)],
            "courier_code": ["C33030000101", "C33030000199"],
            "plan_id": [rider.get("/routes")[0]["plan_id"]],
            "alert_id": [str(rx)],
            "case_id": [asked_at_desk(platform, order, rider), *told.pop("smart_case")],
            "key_id": [platform.program("dispatcher").post("/feed/keys")["id"]],
            "program_key_id": [program_key(platform)],
            "planning_id": [rider.get("/routes")[0]["plan_id"]],
            "group": ["suixi-county-hospital"],
            "year": ["2021", "2025"],
            **shown(platform, sent(platform, 4)),
            **told,
        }
        yield platform, ids
        platform.app.extensions["engine"].dispose()


def operations():
    """List the operations of the interface by method and path."""
    with TemporaryDirectory() as folder:
        platform = open_platform(f"sqlite:///{folder}/y.db", Path(folder))
        text = platform.app.test_client().get("/openapi.json").text
        platform.app.extensions["engine"].dispose()
    paths = json.loads(text)["paths"]
    return [(method, path) for path, item in paths.items() for method in item]


@pytest.fixture(scope="module")
def schema(busy):
    """Read the description once: it is long."""
    return schemathesis.openapi.from_wsgi("/openapi.json", busy[0].app)


@pytest.mark.parametrize(("method", "path"), operations(), ids=lambda v: str(v))
def test_an_operation_answers_as_described(busy, schema, method, path):
    platform, ids = busy
    operation = schema[path][method]
    roles = operation.definition.raw.get("x-roles", [])
    caller = platform.program(BY_ROLE[roles[0]] if roles else None)
    headers = {"Authentication-Token": caller.token} if caller.token else {}

    @given(case=operation.as_strategy(), pick=st.integers(0, 5))
    @settings(
        max_examples=25,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    def examine(case, pick):
        # Ids that exist, more often than not: what is behind the first look-up counts.
        for name in case.path_parameters or {}:
            if pick:
                case.path_parameters[name] = ids[name][pick % len(ids[name])]
        case.call_and_validate(headers=headers, checks=CHECKS)

    examine()
