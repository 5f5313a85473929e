"""Something of every kind on one platform, each as one call, for tests that look at everything."""

from datetime import datetime
from io import BytesIO
from uuid import UUID, uuid4

from dispensing.tables import UploadRow
from fixtures.cast import LUCHENG_PHARMACY
from tests.notices.places import told
from tests.platform import Platform, Program, csrf, settlement
from tests.smart.running import audited
from tests.world import AMLODIPINE, DAY, NOON
from web import db, demo_desk


def asked_at_desk(platform: Platform, order: UUID, rider: Program) -> str:
    """Let the courier ask the desk about the parcel."""
    rider.post(f"/orders/{order}/failure", {"reason": "not_home", "outcome": "desk"})
    return str(platform.program("dispatcher").get("/cases")[0]["id"])


def proof(rider: Program, order: UUID) -> str:
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


def subscription(platform: Platform) -> str:
    """Let the hospital subscribe to notices."""
    wanted = {"url": "https://his.example.org/notices"}
    made = platform.program("hospital").post("/webhooks", wanted)
    return str(made["subscription"]["id"])


def program_key(platform: Platform) -> str:
    """Make a key for the pharmacy's till."""
    wanted = {"name": "till", "actions": ["stock.read"], "last_day": "2025-12-31"}
    made = platform.program("counter").post("/program-keys", wanted)
    return str(made["program_key"]["id"])


def shown(platform: Platform, rx: UUID) -> dict[str, list[str]]:
    """Show a prescription by an access code at a counter."""
    asked = {"prescriptions": [str(rx)]}
    made = platform.program("alice").post("/access-codes", asked)
    scan = {"scanned": made["text"]}
    opened = platform.program("counter").post("/presentations", scan)
    return {"access_code_id": [made["id"]], "presentation_id": [opened["id"]]}


def suspected(platform: Platform, rx: UUID) -> str:
    """Try to sell the packs again that are on the road."""
    asked = {**settlement(platform), "override": {"reason": "药师已核对"}}
    platform.program("counter").ask("PUT", f"/prescriptions/{rx}/settlement", asked)
    return str(platform.program("bureau").get("/suspicions")[0]["id"])


def old_stock(platform: Platform) -> str:
    """Put some old stock on the no-code list."""
    entry = {
        "medicine": AMLODIPINE,
        "first_day": "2025-07-01",
        "last_day": "2025-12-31",
        "source": "登记表",
    }
    return str(platform.program("bureau").post("/no-code-list", entry)["id"])


def complaint(platform: Platform, rx: UUID) -> str:
    """Complain of the pharmacy of a case."""
    said = {
        "about": "outlet",
        "party": LUCHENG_PHARMACY,
        "topic": "no_stock",
        "words": "到店才说没有药",
    }
    return str(
        platform.program("alice").post(f"/prescriptions/{rx}/feedback", said)["id"]
    )


def difference(platform: Platform, rx: UUID) -> str:
    """Let the insurance platform forget a settlement, and reconcile the day."""
    clerk = platform.program("counter")
    held = clerk.get(f"/prescriptions/{rx}/settlement")
    platform.app.extensions["desk"].gateway.tamper(held["msgid"])
    run = clerk.post("/reconciliation/runs", {"day": "2025-09-15"})
    return str(run["differences"][0]["id"])


def notice(platform: Platform) -> None:
    """Tell subscribers what is new."""
    told(platform.app.extensions["engine"])


def catalogue_file(platform: Platform) -> None:
    """Hand a table for the catalogue in."""
    person = platform.person("bureau")
    token = csrf(person.get("/medicines/files").text)
    table = (BytesIO(b"a,b\n"), "目录.csv")
    sent = {"csrf_token": token, "table": table, "valid_from": "2025-09-15"}
    answer = person.post("/medicines/files", data=sent)
    assert answer.status_code < 400, answer.text


def siting_run(platform: Platform) -> None:
    """Ask a worker to search for sites."""
    person = platform.person("bureau")
    token = csrf(person.get("/bureau/siting").text)
    asked = {"csrf_token": token, "seconds": "9"}
    assert person.post("/bureau/siting?km=5", data=asked).status_code < 400


def upload(platform: Platform, settlement_id: UUID, now: datetime = NOON) -> None:
    """Owe the insurance platform a message of a settlement."""
    row = UploadRow(
        settlement_id=settlement_id,
        no=1,
        infno="3505",
        key="1",
        outlet_code=LUCHENG_PHARMACY,
        happened_at=now,
        made_at=now,
        next_at=now,
    )
    with db.open_session(platform.app.extensions["engine"]) as session:
        session.add(row)
        session.commit()


def sample(platform: Platform) -> str:
    """Draw a sample of claims for audit."""
    asked = {"first": "2025-09-01", "last": "2025-09-15"}
    asked |= {"way": "random", "size": 1, "seed": 3}
    return str(platform.program("bureau").post("/smart/samples", asked)["id"])


def registry(platform: Platform) -> None:
    """Hand a registry of managed patients in."""
    person = platform.person("bureau")
    token = csrf(person.get("/bureau/matching").text)
    table = (BytesIO("姓名\n".encode()), "名单.csv")
    sent = {"csrf_token": token, "table": table, "as_of": "2025-09-15"}
    answer = person.post("/bureau/matching/files", data=sent)
    assert answer.status_code < 400, answer.text


def on_the_desk(platform: Platform) -> dict[str, list[str]]:
    """Furnish the bureau's desk, and run the audit; gives what its addresses name."""
    held = platform.app.extensions
    with db.open_session(held["engine"]) as session:
        demo_desk.furnish(session, held["desk"], day=DAY, now=NOON)
    bureau = platform.program("bureau")
    low = {"rule": "one_address", "name": "persons_min", "value": 1, "reason": "试"}
    bureau.post("/smart/thresholds", low)
    days = {"first": "2025-09-01", "last": "2025-09-15"}
    audit = audited(platform, bureau, days)
    alarm = bureau.get("/smart/alarms")[0]["id"]
    case = bureau.post("/smart/cases", {"alarm_id": alarm, "words": "请说明"})
    drawn = bureau.post(
        "/smart/samples", {**days, "way": "random", "size": 1, "seed": 7}
    )
    pack = bureau.post("/inspections/versions", {"quarter": "2025Q3"})
    matched = bureau.post("/matching/runs")
    return {
        "alarm": [alarm, "0" * 64],
        "smart_case": [case["id"]],
        "sample_id": [drawn["id"]],
        "run_id": [bureau.get("/matching/runs")[0]["id"]],
        "task_id": [matched["id"], audit["id"]],
        "name": ["enrol", "tell_health", "verify"],
        "quarter": [pack["quarter"]],
        "version": [pack["version"]],
        "kind": ["stays", "ends", "auxiliary"],
        "month": ["2025-09", "2025-08"],
        "key": [one["key"] for one in bureau.get("/tasks")[:4]],
    }
