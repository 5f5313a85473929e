"""Who may do what, on whose: each role its own actions, each caller their own objects."""

from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask

from dispensing import service
from dispensing.service import listing, reading, sharing
from fixtures import cast
from tests.platform import PASSWORD, delivery, sent, settled
from tests.security.harness import Check, House, done
from web import accounts, db, matrix, pages, parts, scope
from web.api import designations
from web.auth import caller

Patch = pytest.MonkeyPatch
ANY = uuid4()


def status(
    house: House, name: str | None, method: str, path: str, body: Any = None
) -> int:
    """Ask as a caller; give the status of the answer."""
    return house.program(name).ask(method, path, body).status_code


def opened(house: House, name: str, role: str, subject: str) -> None:
    """Open one more account."""
    with house.app.app_context(), house.session() as session:
        word = accounts.hashed(PASSWORD)
        new = accounts.NewAccount(name, name, (role,), subject, word)
        accounts.add_accounts(session, [new])


def ordered(house: House) -> UUID:
    """Let alice order the delivery of what she has settled."""
    path = f"/prescriptions/{settled(house.platform)}/order"
    return UUID(house.program("alice").post(path, delivery())["id"])


def readers(house: House) -> str:
    """Read whom alice's page names as a reader."""
    return house.person("alice").get("/patient/readers").text


def role_at_the_door(house: House) -> None:
    """Ask for acts of another role, with objects that there are not."""
    for name, method, path in (
        ("counter", "POST", f"/plans/{ANY}/commitment"),
        ("alice", "POST", f"/orders/{ANY}/packing"),
        ("courier", "GET", "/suspicions"),
        ("hospital", "PUT", f"/prescriptions/{ANY}/settlement"),
        ("dispatcher", "POST", "/recalls"),
    ):
        assert status(house, name, method, path, {}) == 403, (name, path)


def admits_everybody(patch: Patch) -> None:
    """Hold no role at the door."""
    patch.setattr(matrix, "permits", lambda *_, **__: True)


def face_of_another(house: House) -> None:
    """Open another face's page of an action that the own role has."""
    dispatcher = house.person("dispatcher")
    assert dispatcher.get("/dispatch/score").status_code == 200
    assert dispatcher.get("/bureau/carriers").status_code == 403


def looks_at_no_face(patch: Patch) -> None:
    """Ask for the action alone."""
    permits = matrix.permits
    patch.setattr(matrix, "permits", lambda held, action, _=None: permits(held, action))


def clerk_decides(house: House) -> None:
    """Let a clerk review a prescription."""
    opened(house, "clerk", "counter", cast.LUCHENG_PHARMACY)
    path = f"/prescriptions/{sent(house.platform)}/reviews"
    said = {"verdict": "passed", "pharmacist": {"code": "YS001", "name": "林药师"}}
    assert status(house, "clerk", "POST", path, said) == 403


def counts_a_clerk_as_pharmacist(patch: Patch) -> None:
    """Take whoever stands at a counter for a pharmacist."""
    permits = matrix.permits

    def lenient(held: Any, *asked: Any) -> bool:
        more = {"pharmacist"} if "counter" in held else set()
        return permits({*held, *more}, *asked)

    patch.setattr(matrix, "permits", lenient)


def visitor_everywhere(house: House) -> None:
    """Ask at every address without an account."""
    visitor = house.visitor()
    for rule in house.app.url_map.iter_rules():
        if rule.endpoint in matrix.PUBLIC or "GET" not in (rule.methods or ()):
            continue
        if rule.arguments:
            continue
        path = str(rule)
        expected = 401 if path.startswith("/api/") else 302
        assert visitor.get(path).status_code == expected, path


def has_a_naked_page(patch: Patch) -> None:
    """Forget the decorator of a view."""
    made = pages.init_app

    def with_one_more(app: Flask) -> None:
        app.add_url_rule("/bureau/everybody", "everybody", lambda: "everybody")
        made(app)

    patch.setattr(pages, "init_app", with_one_more)


def another_patient(house: House) -> None:
    """Ask for another patient's prescription, as if it were not there."""
    rx, bob = settled(house.platform), house.program("bob")
    told = bob.ask("GET", f"/prescriptions/{rx}")
    none = bob.ask("GET", f"/prescriptions/{ANY}")
    assert told.status_code == none.status_code == 404
    assert told.json is not None and none.json is not None
    assert {**told.json, "request_id": ""} == {**none.json, "request_id": ""}


def knows_every_patient(patch: Patch) -> None:
    """Take every prescription for the caller's own."""
    patch.setattr(scope, "_is_mine", lambda *_: True)
    patch.setattr(scope, "_concerns", lambda *_: True)


def stranger_no_reader(house: House) -> None:
    """Turn another hospital away before it stands among the readers."""
    rx = sent(house.platform)
    path = f"/prescriptions/{rx}"
    assert status(house, "internet-hospital", "GET", path) == 404
    assert "查看本机构处方" not in readers(house)
    house.program("counter").get(f"/prescriptions/{rx}")
    assert "柜台配药" in readers(house)


def reads_before_it_asks(patch: Patch) -> None:
    """Look whose it is only after the read was recorded."""
    patch.setattr(scope, "_turn_strangers_away", lambda *_: None)


def another_outlet(house: House) -> None:
    """Ask for a settlement of another pharmacy."""
    path = f"/prescriptions/{settled(house.platform)}/settlement"
    done(house.program("counter").ask("GET", path))
    assert status(house, "second-counter", "GET", path) == 404


def shows_any_settlement(patch: Patch) -> None:
    """Show a settlement to every pharmacy."""
    patch.setattr(
        scope, "settled_here", lambda rx: service.settlement(db.session(), rx)
    )
    patch.setattr(scope, "not_held_elsewhere", lambda _: None)


def another_firm(house: House) -> None:
    """Ask for an order of another delivery firm."""
    path = f"/orders/{ordered(house)}"
    done(house.program("dispatcher").ask("GET", path))
    assert status(house, "other-dispatcher", "GET", path) == 404


def shows_any_order(patch: Patch) -> None:
    """Show an order to every firm."""

    def order(order_id: UUID) -> Any:
        assert caller().roles
        return service.order(db.session(), parts.desk(), order_id)

    patch.setattr(scope, "order", order)


def another_courier(house: House) -> None:
    """Ask, as a courier, for a parcel that is on nobody's route."""
    path = f"/orders/{ordered(house)}"
    assert status(house, "courier", "GET", path) == 404
    assert status(house, "courier", "GET", f"{path}/temperature") == 404


def gives_every_courier_every_parcel(patch: Patch) -> None:
    """Take every parcel for one of the own route."""
    patch.setattr(scope, "_on_my_route", lambda *_: True)


def another_area(house: House) -> None:
    """Ask, as an officer of another area, for a pharmacy's designation."""
    opened(house, "hangzhou", "bureau", "330100")
    path = f"/designations/{cast.LUCHENG_PHARMACY}"
    done(house.program("bureau").ask("GET", path))
    assert status(house, "hangzhou", "GET", path) == 404


def looks_after_every_area(patch: Patch) -> None:
    """Let every officer look after every area."""
    patch.setattr(designations, "_concern", lambda _: None)


def another_code(house: House) -> None:
    """Withdraw an access code that somebody else has made."""
    shared = {"prescriptions": [str(sent(house.platform))]}
    alice = house.program("alice")
    alice.post("/access-codes", shared)
    (made,) = alice.get("/access-codes")
    path = f"/access-codes/{made['id']}/withdrawal"
    assert status(house, "bob", "POST", path) == 404
    (kept,) = alice.get("/access-codes")
    assert kept["state"] == "open"


def gives_everybody_leave(patch: Patch) -> None:
    """Take everybody for a relative with leave to act."""
    patch.setattr(sharing, "leave_of", lambda *_, **__: SimpleNamespace(until=None))


def full_name(house: House) -> None:
    """Show a whole name to nobody but the patient, and no identity number."""
    rx = sent(house.platform)
    own = house.program("alice").get(f"/prescriptions/{rx}")
    assert own["person_name"] == cast.alice.name
    seen = house.program("counter").get(f"/prescriptions/{rx}")
    assert seen["person_name"] != cast.alice.name
    assert cast.alice.id_number not in str(seen)


def masks_no_name(patch: Patch) -> None:
    """Write names out for everybody."""
    for module in (reading, listing):
        patch.setattr(module, "mask_name", lambda name: name)


LAW = "个人信息保护法 51"
CHECKS = (
    Check("role", ("8.2.1",), role_at_the_door, admits_everybody),
    Check("face", ("8.2.1",), face_of_another, looks_at_no_face),
    Check(
        "clerk", ("8.2.1", "药品管理法 58"), clerk_decides, counts_a_clerk_as_pharmacist
    ),
    Check("visitor", ("8.3.1", LAW), visitor_everywhere, has_a_naked_page),
    Check("patient", ("8.2.2", LAW), another_patient, knows_every_patient),
    Check("reader", ("8.2.2", LAW), stranger_no_reader, reads_before_it_asks),
    Check("outlet", ("8.2.2",), another_outlet, shows_any_settlement),
    Check("firm", ("8.2.2", "8.4.1"), another_firm, shows_any_order),
    Check("courier", ("8.2.2",), another_courier, gives_every_courier_every_parcel),
    Check("area", ("8.2.2", "8.4.1"), another_area, looks_after_every_area),
    Check("access-code", ("8.2.2",), another_code, gives_everybody_leave),
    Check("name", ("8.2.3", LAW), full_name, masks_no_name),
)
