"""One prescription by each way in, under each fault of the insurer: one and the same end."""

import shutil
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from dispensing import service
from tests import world
from tests.dispensing import attacks
from tests.intake import examples, fhir_bundles
from tests.intake.test_national_http import done
from tests.journeys.ways import (
    PHARMACIST,
    SHOP,
    WAYS,
    End,
    Town,
    end_of,
    id_of,
    open_town,
    upload,
)
from tests.platform import Program
from web import db

# What the counter is answered at first, and what it is once it has asked.
FAULTS = {
    "none": ("posted", "posted"),
    "slow": ("posted", "posted"),
    "timeout_before": ("unknown", "void"),
    "timeout_after": ("unknown", "posted"),
    "late": ("unknown", "posted"),
    "late_and_barred": ("unknown", "void"),
    "down": ("unknown", "void"),
    "garbage": ("unknown", "posted"),
    "half": ("unknown", "posted"),
    "duplicate": ("unknown", "posted"),
    "wrong_msgid": ("unknown", "posted"),
    "wrong_amount": ("void", "void"),
    "wrong_told": ("void", "void"),
}
HELD_UP = ("timeout_before", "timeout_after", "late", "late_and_barred")
AFTERWARDS = world.NOON + timedelta(hours=1)
_numbers = count(1)


@pytest.fixture(scope="module")
def town(sqlite_template, tmp_path_factory) -> Iterator[Town]:
    """Serve one platform and one sandbox for all journeys of this file."""
    folder = tmp_path_factory.mktemp("three ways")

    def database() -> str:
        shutil.copy(sqlite_template, folder / "yaoda.db")
        return f"sqlite:///{folder}/yaoda.db"

    with open_town(database, folder, count=len(FAULTS) * len(WAYS) + 10) as opened:
        yield opened


class Visit:
    """One person with one prescription at the counter."""

    def __init__(self, town: Town, way: str) -> None:
        self.town, self.way, self.no = town, way, next(_numbers)
        self.person = next(town.people)
        self.patient = town.program(self.person.person_no)
        self.counter = town.program("counter")
        self.hi_rxno = ""
        if way == "national":
            number, self.hi_rxno = upload(town, self.person, self.no)
        else:
            number = WAYS[way](town, self.person, self.no)
        self.id = id_of(town, number)

    def present(self) -> None:
        """Open the prescription by a code: the person's, or one that was shared."""
        if self.way in {"json", "national"}:
            scanned = self.code("download")
        else:
            shared = {"prescriptions": [str(self.id)]}
            scanned = self.patient.post("/access-codes", shared)["text"]
        shown = self.counter.post("/presentations", {"scanned": scanned})
        assert [one["id"] for one in shown["prescriptions"]] == [str(self.id)]

    def review(self) -> None:
        """Let a pharmacist agree, in the way that the prescription came."""
        if self.way != "national":
            said = {"verdict": "passed", "pharmacist": PHARMACIST}
            self.counter.post(f"/prescriptions/{self.id}/reviews", said)
            return
        told = {**examples.REVIEW["rx_chk_up_info"], "hi_rxno": self.hi_rxno}
        raw = {"rx_chk_up_info": told}
        done(self.counter, "CFYYJG106", raw, fixmedins_code=SHOP)

    def claim(self) -> str:
        """Hold it for this pharmacy; another one is told so."""
        path = f"/prescriptions/{self.id}/claim"
        secret = self.counter.post(path)["secret"]
        other = self.town.program("second-counter").ask("POST", path)
        assert other.status_code == 409
        return str(secret)

    def code(self, purpose: str) -> str:
        """Let the person open an insurance code for this counter."""
        wanted = {"purpose": purpose, "outlet": SHOP}
        return str(self.patient.post("/insurance-codes", wanted)["text"])

    def asked(self, secret: str | None = None) -> dict[str, Any]:
        """Make what the counter sends to settle."""
        codes = {
            str(line): list(packs)
            for line, packs in world.trace_codes(batch=self.no).items()
        }
        scanned = self.code("settle")
        return {"scanned_code": scanned, "trace_codes": codes, "secret": secret}

    def settle(self, asked: dict[str, Any]) -> Any:
        return self.counter.put(f"/prescriptions/{self.id}/settlement", asked)

    def refused(self, asked: dict[str, Any]) -> str:
        """Settle where it is refused; gives the code of the refusal."""
        told = self.counter.ask("PUT", f"/prescriptions/{self.id}/settlement", asked)
        assert told.status_code == 409, told.text
        return str(told.json["type"]).rpartition(":")[2]

    def settle_under(self, fault: str, asked: dict[str, Any]) -> Any:
        """Settle while the insurer goes wrong, and ask until nothing is open."""
        first, then = FAULTS[fault]
        street = self.town.street
        done_before = street.counter.done["2102"]
        kind = "late" if fault == "late_and_barred" else fault
        if fault in HELD_UP:
            usual = street.counter.hold_up
            held = street.held_up(kind, "2102")
        else:
            held = nullcontext()
            if fault != "none":
                street.fault(kind, infno="2102", ms=20)
        with held as gate:
            told = self.settle(asked)
        assert told["state"] == first
        if fault == "late":
            gate.opened.set()
            street.wait_for("2102", done_before + 1)
        if first == "unknown":
            path = f"/settlements/{told['id']}/resolution"
            told = self.counter.post(path)
        if fault in HELD_UP:
            gate.opened.set()
            street.counter.hold_up = usual
        if fault == "late_and_barred":
            street.wait_for("2102", done_before + 1)
        street.counter.faults.clear()
        assert told["state"] == then
        return told

    def hand_out(self) -> None:
        path = f"/prescriptions/{self.id}/collection"
        seen = self.counter.post(path, {"receiver": "patient"})
        assert seen["state"] == "dispensed"

    def revoke(self) -> None:
        """Let the hospital withdraw it, in the way that it came."""
        hospital = self.town.program("hospital")
        if self.way == "national":
            done(hospital, "D004", {**examples.REVOKE, "hiRxno": self.hi_rxno})
        else:
            path = f"/prescriptions/{self.id}/revocation"
            hospital.post(path, {"reason": "剂量有误"})

    def is_revoked_in_its_format(self, hospital: Program) -> None:
        """See that who asks in the prescription's own format is told so, too."""
        if self.way == "national":
            query = {**examples.QUERY, "hiRxno": self.hi_rxno}
            for number in ("D005", "D006", "D007"):
                assert done(hospital, number, query)["rxStasCodg"] == "3"
        if self.way in {"json", "fhir"}:
            for reader in (hospital, self.patient, self.counter):
                bundle = reader.get(f"/fhir/Bundle/{self.id}")
                (request,) = fhir_bundles.requests(bundle)
                assert request["status"] == "cancelled"


def journey(town: Town, way: str, fault: str) -> End:
    """Walk a prescription from its way in to the patient's hands."""
    visit = Visit(town, way)
    visit.present()
    assert visit.refused(visit.asked()) == "review-needed"
    visit.review()
    secret = visit.claim()
    asked = visit.asked(secret)
    told = visit.settle_under(fault, asked)
    if told["state"] == "void":
        asked = visit.asked(secret)
        told = visit.settle(asked)
    assert told["state"] == "posted"
    assert visit.settle(asked)["msgid"] == told["msgid"]
    visit.hand_out()
    return end_of(town, visit.id, visit.person)


@pytest.mark.parametrize("fault", FAULTS)
def test_each_way_in_comes_to_the_same_end(town, fault):
    ends = {way: journey(town, way, fault) for way in WAYS}
    end = ends["json"]
    for way, other in ends.items():
        assert other == end, way
    assert end.stage == "dispensed"
    assert end.settlements.count("posted") == 1
    assert [one for one in end.platform if one[0] == "booked"] == [
        ("booked", 441, 1260)
    ]
    assert end.used_fen == (441, 0, 0)
    assert (end.packs_sold, end.packs_moved, end.supply_days) == (3, -3, 28)
    assert end.handed_over == 1


@pytest.mark.parametrize("way", WAYS)
def test_a_revoked_prescription_is_revoked_on_every_side_at_once(town, way):
    visit = Visit(town, way)
    shared = visit.patient.post("/access-codes", {"prescriptions": [str(visit.id)]})
    seen = visit.counter.post("/presentations", {"scanned": visit.code("download")})
    visit.review()
    secret = visit.claim()
    asked = visit.asked(secret)
    visit.revoke()

    path = f"/prescriptions/{visit.id}"
    hospital = town.program("hospital")
    for reader in (hospital, visit.patient, visit.counter):
        view = reader.get(path)
        assert (view["state"], view["life"]["stage"]) == ("revoked", "revoked")
        assert view["events"][-1]["kind"] == "revoked"
    visit.is_revoked_in_its_format(hospital)

    pages = {
        visit.person.person_no: (f"/patient{path}", "/patient"),
        "counter": (f"/counter{path}", "/counter"),
    }
    for name, addresses in pages.items():
        reader = town.platform.person(name)
        for address in addresses:
            assert "医院已撤销" in reader.get(address).text, (name, address)

    told = visit.counter.ask("POST", "/presentations", {"scanned": shared["text"]})
    assert told.json["type"].endswith(":access-revoked"), told.text
    assert visit.counter.get(f"/presentations/{seen['id']}")["prescriptions"] == []
    fresh = {"scanned": visit.code("download")}
    assert visit.counter.post("/presentations", fresh)["prescriptions"] == []

    before = street_messages(town)
    assert visit.refused(asked) == "refused"
    for act in ("claim", "reviews"):
        body = {"verdict": "passed", "pharmacist": {"code": "PH2", "name": "叶药师"}}
        told = visit.counter.ask(
            "POST", f"{path}/{act}", body if act == "reviews" else None
        )
        assert told.json["type"].endswith(":revoked"), told.text
    assert street_messages(town) == before
    bills = town.street.counter.books.booked()
    assert visit.person.person_no not in {bill.person_no for bill in bills}


def street_messages(town: Town) -> int:
    """Count the bills that the insurer was asked to settle."""
    return town.street.counter.done["2102"]


def test_afterwards_all_books_agree(town):
    street = town.street
    attacks.audit(street.engine, street.folder)
    with db.open_session(street.engine) as session:
        service.seal(session, now=AFTERWARDS, everything=True)
        found = service.verify(session, now=AFTERWARDS)
    assert found.whole, found.breaks
