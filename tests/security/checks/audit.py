"""Whoever changes the audit chain past every guard of the database is found."""

from dataclasses import replace
from typing import Any

import pytest

from dispensing import audit
from dispensing.audit import Link, Record
from dispensing.service import auditing as walking
from dispensing.service.breaks import Break
from tests.audit.chains import AREA, HERE, around, places, put_in, renumber
from tests.platform import settled
from tests.security.harness import Check, House
from tests.world import DAY
from web import anchoring, auditing

Patch = pytest.MonkeyPatch
LINK = "WHERE area = :area AND seq = :seq"
AT = {"area": AREA, "seq": HERE}
Found = tuple[str, int | None, str]


def sealed(house: House) -> int:
    """Live a little, seal and anchor; the chain is whole, and so many links long."""
    settled(house.platform, reason="药师已核对")
    anchoring.seal_and_anchor(house.app)
    anchoring.anchor(house.app, DAY)
    assert walked(house) is None, "whole, before anybody touched it"
    count = len(places(house.engine))
    assert count > HERE + 3, count
    return count


def walked(house: House) -> Found | None:
    """Let the bureau walk over the chain; tell where to look first, if anywhere."""
    told = house.program("bureau").post("/audit/verification")
    assert told["whole"] == (not told["breaks"])
    if told["whole"]:
        return None
    first = told["breaks"][0]
    return first["area"], first["seq"], first["what"]


def edit(house: House) -> None:
    """Write another name over who acted."""
    sealed(house)
    record = {"id": places(house.engine)[HERE - 1][1].id}
    change = "UPDATE audit_record SET who = 'somebody' WHERE id = :id"
    around(house.engine, (change, record))
    found = walked(house)
    assert found == (AREA, HERE, "edited"), found


def believes_the_hashes(patch: Patch) -> None:
    """Compute no hash anew."""
    patch.setattr(walking, "link_hash", lambda link, _: link.hash)


def delete(house: House) -> None:
    """Take a link out, with its record."""
    sealed(house)
    record = {"id": places(house.engine)[HERE - 1][1].id}
    around(
        house.engine,
        (f"DELETE FROM audit_link {LINK}", AT),
        ("DELETE FROM audit_record WHERE id = :id", record),
    )
    found = walked(house)
    assert found == (AREA, HERE, "deleted"), found


def _each_alone(walk: Any, area: str) -> None:
    """Walk over a chain as if it were a heap."""
    for rows in walking._links(walk.session, area):
        for link, record in rows:
            if record is None or walking.link_hash(link, record) != link.hash:
                found = Break(area, link.seq, "", "", "edited", "")
                walk.breaks.append(found)


def looks_at_each_link_alone(patch: Patch) -> None:
    """Hold no link against the one before it."""
    patch.setattr(walking, "_walk_chain", _each_alone)


def reorder(house: House) -> None:
    """Let two links change places."""
    sealed(house)
    around(
        house.engine,
        *renumber(HERE, HERE, 1000),
        *renumber(HERE + 3, HERE + 3, -3),
        *renumber(HERE + 1000, HERE + 1000, 3 - 1000),
    )
    found = walked(house)
    assert found == (AREA, HERE, "reordered"), found


def hashes_hold_no_place(patch: Patch) -> None:
    """Hash what a record says, and neither its place nor what stands before it."""
    whole = audit.link_hash

    def loose(link: Link, record: Record) -> str:
        return whole(replace(link, seq=0, batch=0, previous=""), record)

    patch.setattr(audit, "link_hash", loose)
    patch.setattr(walking, "link_hash", loose)
    patch.setattr(walking, "_walk_chain", _each_alone)


def insert(house: House) -> None:
    """Put a record between two others, with the hash that it ought to have."""
    sealed(house)
    put_in(house.engine, hashed=True)
    found = walked(house)
    assert found == (AREA, HERE, "inserted"), found


def cut_the_tail(house: House) -> None:
    """Take the last five links away, with their records."""
    count = sealed(house)
    around(
        house.engine,
        ("DELETE FROM audit_link WHERE seq > :seq", {"seq": count - 5}),
        (
            "DELETE FROM audit_record WHERE id NOT IN"
            " (SELECT record_id FROM audit_link)",
            {},
        ),
    )
    found = walked(house)
    assert found == (AREA, count - 4, "tail cut"), found


def keeps_no_anchor_outside(patch: Patch) -> None:
    """Look at nothing that is kept outside of the database."""
    patch.setattr(auditing.anchoring, "read", lambda *_: ((), ()))


def takes_what_lies_there(patch: Patch) -> None:
    """Hold a link neither against its hash nor against the one before it."""
    believes_the_hashes(patch)
    looks_at_each_link_alone(patch)


CHECKS = (
    Check("edit", ("16.4.2", "等保 安全审计"), edit, believes_the_hashes),
    Check("delete", ("16.4.2",), delete, looks_at_each_link_alone),
    Check("reorder", ("16.4.2",), reorder, hashes_hold_no_place),
    Check("insert", ("16.4.2",), insert, takes_what_lies_there),
    Check("cut-the-tail", ("16.4.2", "16.4.3"), cut_the_tail, keeps_no_anchor_outside),
)
