"""What takes two people: who may approve, exactly what, how often, and until when."""

from importlib import import_module
from typing import Any

from sqlalchemy import text
from sqlmodel import col, select
from werkzeug.test import TestResponse

from dispensing import approvals as rules
from dispensing.approvals import Threshold, Thresholds, read_thresholds
from dispensing.service import approving, designating, unmasking
from dispensing.service.approving import Eyes
from dispensing.tables import ProposalEndRow, ProposalRow
from fixtures import cast
from tests.security.harness import Check, House, done, refused
from tests.web.test_approvals import ENDING, let_in

SEEN = import_module("web.approvals")  # the package knows another by this name
ACTS = f"/designations/{cast.LUCHENG_PHARMACY}/acts"
PHONES = {
    "people": [cast.alice.person_no, cast.bob.person_no],
    "fields": ["phone"],
    "reason": "inspection",
    "note": "召回通知",
}


def asked(house: House, path: str = ACTS, body: dict[str, Any] = ENDING) -> str:
    """Ask for what takes two, and give the number of the proposal."""
    house.settings["approvals"] = None
    if "platform" not in house.__dict__:
        let_in(house.platform)
    answer = house.program("bureau").ask("POST", path, body)
    refused(answer, "second-person-needed")
    assert answer.json is not None
    return str(answer.json["proposal"])


def decide(house: House, number: str, who: str = "officer") -> TestResponse:
    """Approve a proposal as somebody."""
    said = {"approves": True, "reason": "已核对"}
    return house.program(who).ask("POST", f"/proposals/{number}/decision", said)


def own(house: House) -> None:
    """Approve what one has asked for oneself."""
    refused(decide(house, asked(house), "bureau"), "approval-same-person")


def second_account(house: House) -> None:
    """Approve by another account of the same person."""
    refused(decide(house, asked(house), "namesake"), "approval-same-person")


def changed_content(house: House) -> None:
    """Change in the database what waits for an approval, and approve it."""
    number = asked(house)
    with house.session() as session:
        session.execute(text("DROP TRIGGER proposal_no_update"))
        session.execute(
            text("UPDATE proposal SET content = replace(content, '查实', '核实')")
        )
        session.commit()
    refused(decide(house, number), "approval-changed")


def other_content(house: House) -> None:
    """Get one thing approved, and do another by it."""
    done(decide(house, asked(house, "/openings/many", PHONES)))
    more = {**PHONES, "fields": ["phone", "address"]}
    answer = house.program("bureau").ask("POST", "/openings/many", more)
    refused(answer, "second-person-needed")


def twice(house: House) -> None:
    """Use one approval twice."""
    done(decide(house, asked(house, "/openings/many", PHONES)))
    officer = house.program("bureau")
    done(officer.ask("POST", "/openings/many", PHONES))
    again = officer.ask("POST", "/openings/many", PHONES)
    refused(again, "second-person-needed")


def changed_basis(house: House) -> None:
    """Approve what was asked for before the agreement changed."""
    first, second = asked(house), asked(house)
    done(decide(house, first))
    refused(decide(house, second), "approval-changed")


def late(house: House) -> None:
    """Approve after the days that an approval waits."""
    number = asked(house)
    house.forward(days=7, minutes=1)
    refused(decide(house, number), "approval-expired")


def other_area(house: House) -> None:
    """Approve as an officer of another area."""
    assert decide(house, asked(house), "hangzhou").status_code == 404


def without_a_source(house: House) -> None:
    """Let one person decide alone up to a threshold that names no source."""
    path = house.folder / "approvals.toml"
    for source in ("", 'source = " "'):
        path.write_text(f"[quota]\noutlets_max = 99\n{source}\n", "utf-8")
        try:
            read_thresholds(path)
        except ValueError:
            continue
        raise AssertionError("a threshold without a source was read")


def without_a_threshold(house: House) -> None:
    """Leave a target alone where no threshold was set."""
    seen = {"override": {"reason": "违规使用医保基金", "left": 1}}
    asked(house, ACTS, {"act": "suspend", "kind": "chronic", "reason": "检查", **seen})


def _any_approval(session: Any, *_: Any, **__: Any) -> Any:
    query = select(ProposalRow).join(
        ProposalEndRow, col(ProposalEndRow.proposal_id) == col(ProposalRow.id)
    )
    return session.exec(query).first()


def _a_loose_threshold(said: Any, unit: str) -> Any:
    return Threshold(said[unit], "-")


CHECKS = (
    Check(
        "nobody approves what they have asked for",
        ("2.3.5",),
        own,
        lambda patch: patch.setattr(approving, "_is_same", lambda *_: False),
    ),
    Check(
        "another account of one person is no second person",
        ("2.3.5",),
        second_account,
        lambda patch: patch.setattr(
            approving, "_is_same", lambda row, by, _: row.by == by.user
        ),
    ),
    Check(
        "what was asked is not another thing when it is approved",
        ("2.3.5",),
        changed_content,
        lambda patch: patch.setattr(approving, "_hold_to_digest", lambda _: None),
    ),
    Check(
        "an approval is of exactly what was asked",
        ("2.3.5",),
        other_content,
        lambda patch: patch.setattr(unmasking, "approved", _any_approval),
    ),
    Check(
        "an approval is used once",
        ("2.3.5",),
        twice,
        lambda patch: patch.setattr(unmasking, "use", lambda *_, **__: None),
    ),
    Check(
        "what an approval rests on is as it was when it was asked for",
        ("2.3.5",),
        changed_basis,
        lambda patch: patch.setattr(designating, "_basis", lambda *_: ""),
    ),
    Check(
        "an approval that comes late is none",
        ("2.3.5",),
        late,
        lambda patch: patch.setattr(approving, "_reject_over", lambda *_: None),
    ),
    Check(
        "an officer of another area approves nothing here",
        ("8.2.2",),
        other_area,
        lambda patch: patch.setattr(SEEN, "eyes", lambda _: Eyes()),
    ),
    Check(
        "a threshold without a source is none",
        ("2.3.5",),
        without_a_source,
        lambda patch: patch.setattr(rules, "_threshold", _a_loose_threshold),
    ),
    Check(
        "without a threshold an override takes two",
        ("2.3.5",),
        without_a_threshold,
        lambda patch: patch.setattr(
            Thresholds, "quota_wants_two", lambda *_, **__: False
        ),
    ),
)
