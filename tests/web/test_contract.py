"""The interface keeps its own description, whatever is sent: no server error, no surprise."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

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
from tests.platform import (
    CALLERS,
    on_the_road,
    open_platform,
    reversal,
    sent,
    settlement,
)
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
            "case_id": [asked_at_desk(platform, order, rider)],
            "key_id": [platform.program("dispatcher").post("/feed/keys")["id"]],
            "program_key_id": [program_key(platform)],
            "planning_id": [rider.get("/routes")[0]["plan_id"]],
            **shown(platform, sent(platform, 4)),
        }
        yield platform, ids
        platform.app.extensions["engine"].dispose()


def asked_at_desk(platform, order, rider) -> str:
    """Let the courier ask the desk about the parcel."""
    rider.post(f"/orders/{order}/failure", {"reason": "not_home", "outcome": "desk"})
    return platform.program("dispatcher").get("/cases")[0]["id"]


def proof(rider, order) -> str:
    """Let the receiver sign on the courier's phone."""
    strokes = [[10, 10, 20, 20, 30, 30, 40, 40]]
    act = {
        "id": str(uuid4()),
        "kind": "proof",
        "ago_ms": 0,
        "order_id": str(order),
        "body": {"kind": "signature", "strokes": strokes},
    }
    (answer,) = rider.post("/courier/acts", {"acts": [act]})["answers"]
    assert answer["status"] == "done"
    return str(act["id"])


def subscription(platform) -> str:
    """Let the hospital subscribe to notices."""
    wanted = {"url": "https://his.example.org/notices"}
    made = platform.program("hospital").post("/webhooks", wanted)
    return made["subscription"]["id"]


def program_key(platform) -> str:
    """Make a key for the pharmacy's till."""
    wanted = {"name": "till", "actions": ["stock.read"], "last_day": "2025-12-31"}
    made = platform.program("counter").post("/program-keys", wanted)
    return made["program_key"]["id"]


def shown(platform, rx) -> dict[str, list[str]]:
    """Show a prescription by an access code at a counter."""
    asked = {"prescriptions": [str(rx)]}
    made = platform.program("alice").post("/access-codes", asked)
    scan = {"scanned": made["text"]}
    opened = platform.program("counter").post("/presentations", scan)
    return {"access_code_id": [made["id"]], "presentation_id": [opened["id"]]}


def suspected(platform, rx) -> str:
    """Try to sell the packs again that are on the road."""
    asked = {**settlement(platform), "override": {"reason": "药师已核对"}}
    platform.program("counter").ask("PUT", f"/prescriptions/{rx}/settlement", asked)
    return platform.program("bureau").get("/suspicions")[0]["id"]


def old_stock(platform) -> str:
    """Put some old stock on the no-code list."""
    entry = {
        "medicine": AMLODIPINE,
        "first_day": "2025-07-01",
        "last_day": "2025-12-31",
        "source": "登记表",
    }
    return platform.program("bureau").post("/no-code-list", entry)["id"]


def complaint(platform, rx) -> str:
    """Complain of the pharmacy of a case."""
    said = {
        "about": "outlet",
        "party": LUCHENG_PHARMACY,
        "topic": "no_stock",
        "words": "到店才说没有药",
    }
    return platform.program("alice").post(f"/prescriptions/{rx}/feedback", said)["id"]


def difference(platform, rx) -> str:
    """Let the insurance platform forget a settlement, and reconcile the day."""
    clerk = platform.program("counter")
    held = clerk.get(f"/prescriptions/{rx}/settlement")
    platform.app.extensions["desk"].gateway.tamper(held["msgid"])
    run = clerk.post("/reconciliation/runs", {"day": "2025-09-15"})
    return run["differences"][0]["id"]


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
