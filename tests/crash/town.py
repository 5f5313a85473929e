"""A town whose people are near their caps, and the share that each bill has to cost the fund."""

from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

from stdnum.cn import ric

from dispensing import service
from fixtures import cast
from fixtures.values import Person
from pharmacies import service as network
from routing import service as routing
from routing.handover import handover_code
from tests import road, world
from tests.crash.scenes import SECRET
from tests.dispensing import acts, attacks
from tests.platform import CALLERS, PASSWORD
from tests.world import NOON
from web import accounts, auth, create_app, db
from web.settings import Settings

OVERLAY = Path(__file__).parents[2] / "fixtures" / "wenzhou" / "overlay.toml"
NIFEDIPINE = "XC08CAA005A001010100004"
PRICE_FEN = 430  # 35 % of three packs is 451.5 fen: a share that has to be rounded
BILL_FEN = 3 * PRICE_FEN
RATIO = Decimal("0.35")
FULL_SHARE_FEN = int((BILL_FEN * RATIO).quantize(Decimal(1), ROUND_HALF_UP))
CAP_FEN = 100_000
CAP = """
[[parameters]]
name = "cap.resident"
value = "1000.00"
source = "示例数据，非官方数值"
from = 2025-01-01
"""
AT_CAP = 12
FREE = 12
AIDED = 4  # of the free ones, the first four have a relative who pays along
ACCOUNT_FEN = 3_000_000


@dataclass(frozen=True, slots=True)
class Town:
    """Where the database and the folder of a town are, and who lives there."""

    url: str
    folder: Path
    at_cap: tuple[Person, ...]  # are never reversed: what they get is certain
    free: tuple[Person, ...]
    tokens: dict[str, str]
    purse_fen: int

    @property
    def left_fen(self) -> dict[str, int]:
        """Tell what each person's cap leaves at first, in fen."""
        return {each.person_no: CAP_FEN - each.used_fund_fen for each in self.at_cap}


def settings_for(url: str, folder: Path, **changes: Any) -> Settings:
    """Make the settings of the town's service."""
    return Settings(
        var_dir=folder / "var",
        database_url=url,
        overlay=folder / "overlay.toml",
        approvals=world.APPROVALS,
        password_memory_kib=64,
        requests_minute_max=0,
        **changes,
    )


def write_overlay(folder: Path) -> None:
    """Write the town's figures down: those of the demo, and a cap."""
    (folder / "overlay.toml").write_text(OVERLAY.read_text("utf-8") + CAP, "utf-8")


def build(url: str, folder: Path) -> Town:
    """Let people, shops and accounts into an empty database with all tables."""
    write_overlay(folder)
    at_cap = tuple(person(no, CAP_FEN - 700 - 83 * no) for no in range(AT_CAP))
    free = tuple(person(AT_CAP + no, 0) for no in range(FREE))
    payers = tuple(_payer(900 + no) for no in range(AIDED))
    engine = db.open_engine(url)
    app = create_app(settings_for(url, folder, clock_start=NOON), engine)
    desk = app.extensions["desk"]
    with app.app_context(), db.open_session(engine) as session:
        world.populate(session, desk, [*cast.INSURED, *at_cap, *free, *payers])
        add_medicine(session)
        for aided, payer in zip(free, payers, strict=False):
            service.allow_aid(
                session,
                desk.vault,
                payer_no=payer.person_no,
                person_no=aided.person_no,
                id_number=aided.id_number,
                now=NOON,
            )
        _open_accounts(session)
        purse_fen = _fill_purse(session, desk)
    with app.test_request_context():
        names = ("counter", "second-counter", "hospital", "alice")
        tokens = {name: str(auth.token_for(name, PASSWORD)) for name in names}
    engine.dispose()
    return Town(url, folder, at_cap, free, tokens, purse_fen)


def add_medicine(session: Any) -> None:
    """Add the medicine of which the town's bills are made."""
    network.add_medicines(session, [world.medicine_for(NIFEDIPINE, PRICE_FEN)])
    network.add_prices(session, [("usual", NIFEDIPINE, PRICE_FEN)])


def message(whose: Person, number: int) -> dict[str, Any]:
    """Write a prescription of three packs for one of the town's people."""
    line = {**world.message()["lines"][0], "medicine": NIFEDIPINE}
    return world.message(number, insured=world.patient(whose), lines=[line])


def person(no: int, used_fund_fen: int) -> Person:
    """Make one of the town's people, with what the fund has paid for them before."""
    person_no, body = f"I9{no:08d}", f"330302195801{1 + no % 28:02d}{no:03d}"
    return replace(
        cast.alice,
        person_no=person_no,
        id_number=body + ric.calc_check_digit(body + "0"),
        used_fund_fen=used_fund_fen,
        used_deductible_fen=10_000,
    )


def _payer(no: int) -> Person:
    return replace(person(no, 0), scheme="employee", account_fen=ACCOUNT_FEN)


def _open_accounts(session: Any) -> None:
    password = accounts.hashed(PASSWORD)
    accounts.add_accounts(
        session,
        [
            accounts.NewAccount(name, name, (role,), subject, password)
            for name, (role, subject) in CALLERS.items()
        ],
    )


def _fill_purse(session: Any, desk: Any) -> int:
    """Have a courier collect one share at the door, to be handed in fen by fen."""
    id_ = service.receive(session, desk, world.message(9_999), now=NOON).id
    settled = attacks.settle(session, desk, id_, 9_999, tender="on_delivery")
    acts.order(session, desk=desk, id_=id_)
    acts.pack(session, desk=desk, id_=id_)
    (order,) = service.orders_of(session, desk, id_)
    road.depart(session, desk, [order.id], now=NOON)
    routing.hand_over(
        session,
        desk,
        secret=SECRET,
        order_id=order.id,
        courier_code=road.COURIER,
        door=routing.Door(handover_code(SECRET, str(order.id))),
        now=NOON,
    )
    return settled.cash_fen
