"""Lives of a counter, drawn at random: every act there is, in any order, some cut off.

After each step the books are held against each other, whatever is still open.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    precondition,
    rule,
)
from sqlmodel import Session

from dispensing import service
from fixtures import cast
from fixtures.values import Person
from routing import service as routing
from routing.handover import handover_code
from tests import road, world
from tests.crash import town
from tests.crash.scenes import SECRET, Scene
from tests.dispensing import acts, attacks
from tests.dispensing.attacks import SHOP
from tests.stateful.books import CUT_OFF, Known
from tests.stateful.draws import answers, cuts, kinds, picks, tenders
from tests.stateful.holding import Holding
from tests.stateful.people import PAYER, PEOPLE, Fickle
from tests.world import NOON

EVE = datetime(2025, 12, 31, 23, 59, 50, tzinfo=NOON.tzinfo)
SETTLED_OR_TO_BE = (
    "received reviewed claimed part_dispensed repeatable settling settled"
)
# What the three kinds of prescriptions say beside the usual.
SAID: Mapping[str, Mapping[str, Any]] = {
    "plain": {},
    "repeat": {"repeat": {"max": 2, "interval_days": 1}, "valid_days": 5},
    "online": {
        "source": "internet_hospital",
        "issuer": cast.INTERNET_HOSPITAL,
        "record_no": None,
    },
}


class Life(Holding):
    """One life: acts in any order, each of which may be cut off at a call."""

    @initialize(begin=st.sampled_from([NOON, EVE]), mood=answers)
    def begin(self, begin: datetime, mood: str) -> None:
        """Open the books, at noon or shortly before the year ends."""
        engine, folder = type(self).opened()
        self.platform = Fickle(folder / "platform.db")
        self.scene = Scene(engine, world.open_desk(self.platform), folder)
        self.now = begin
        self.states: dict[UUID, str] = {}
        self.whose: dict[UUID, tuple[Person, int]] = {}
        self.stand: dict[UUID, tuple[str, ...]] = {}
        self.known: dict[UUID, Known] = {}
        self.claims: dict[UUID, tuple[str, str]] = {}
        self.purse_fen, self.first_day = 0, begin.date()
        # Hypothesis leaves some kinds of acts out of a life: these are in each.
        ordered, uncertain = (self.prescribe(one, 3) for one in PEOPLE[1:])
        self.put_to_settle(ordered, "ok", "on_delivery")
        desk, now = self.scene.desk, self.now
        self.do(lambda s: acts.order(s, desk=desk, id_=ordered, now=now))
        self.put_to_settle(uncertain, mood, "cash")
        # A part is handed out after what was settled first was taken back; the rest is owed.
        part = self.prescribe(PEOPLE[0], 3)
        self.put_to_settle(part, "ok", "cash")
        self.do(lambda s: attacks.reverse(s, desk, part, now=now))
        self.put_to_settle(part, "ok", "mobile", part=True)
        self.do(lambda s: acts.collect(s, desk=desk, id_=part, now=now))
        self.prescribe(PEOPLE[0], 3)

    @precondition(lambda self: len(self.where("received settled settling")) < 3)
    @rule(person=st.sampled_from(PEOPLE), packs=st.integers(1, 3), kind=kinds)
    def prescribe_some(self, person: Person, packs: int, kind: str) -> None:
        """Prescribe in one of the ways that there are."""
        self.prescribe(person, packs, kind)

    def prescribe(self, person: Person, packs: int, kind: str = "plain") -> UUID:
        """Prescribe a medicine whose share has to be rounded."""
        number = self.scene.another()
        raw = {**town.message(person, number), **SAID[kind]}
        raw["lines"] = [{**raw["lines"][0], "quantity": packs}]
        raw["issued_at"] = self.now.isoformat()
        raw["hosp_rx_no"] = f"{raw['issuer']}-20250915-{number:04d}"
        sent = world.signed(raw) if kind == "online" else raw
        desk = self.scene.desk
        made: Any = self.scene.work(
            lambda s: service.receive(s, desk, sent, now=self.now)
        )
        self.whose[made.id] = person, number
        stage = "awaiting_review" if kind == "online" else "received"
        self.stand[made.id] = ("received", stage)
        self.known[made.id] = Known(stage, 1, packs, 0)
        return UUID(str(made.id))

    @precondition(lambda self: self.where(SETTLED_OR_TO_BE))
    @rule(
        pick=picks,
        mood=answers,
        tender=tenders,
        how=st.sampled_from(["whole", "whole", "whole", "part", "sold before"]),
        cut=cuts,
    )
    def settle(
        self, pick: int, mood: str, tender: str, how: str, cut: int | None
    ) -> None:
        """Settle what is open, or a part; some boxes that are scanned were sold before."""
        rx = self.one(pick, SETTLED_OR_TO_BE)
        fresh, part = how != "sold before", how == "part"
        self.put_to_settle(rx, mood, tender, fresh=fresh, part=part, cut=cut)

    @precondition(lambda self: self.where("part_dispensed repeatable"))
    @rule(pick=picks, mood=answers, cut=cuts)
    def refill(self, pick: int, mood: str, cut: int | None) -> None:
        """Settle the rest, or the next filling, which may be too early."""
        rx = self.one(pick, "part_dispensed repeatable")
        self.put_to_settle(rx, mood, "cash", cut=cut)

    def put_to_settle(
        self,
        rx: UUID,
        mood: str,
        tender: str,
        *,
        fresh: bool = True,
        part: bool = False,
        cut: int | None = None,
    ) -> None:
        """Settle at the counter, while the platform is in a mood."""
        (person, number), known = self.whose[rx], self.known[rx]
        # Each filling has boxes of its own; those of the first one of all are sold early.
        batch = number * 100 + known.filling if fresh else 101
        packs = 1 if part else known.open_packs
        self.platform.mood = mood
        codes = world.trace_codes(batch=batch, quantity=packs)
        asked = {"tender": tender, "trace_codes": codes, "now": self.now}
        asked |= {"scanned_code": person.id_number, "filling": known.filling}
        if part:
            asked["lines"] = {1: packs}
        desk = self.scene.desk
        self.do(lambda s: attacks.settle(s, desk, rx, batch, **asked), cut)

    @precondition(lambda self: self.where("pending unknown"))
    @rule(pick=picks, mood=answers, cut=cuts)
    def resolve(self, pick: int, mood: str, cut: int | None) -> None:
        """Ask what became of it."""
        rx = self.one(pick, "pending unknown")
        self.platform.mood = mood
        desk = self.scene.desk
        self.do(lambda s: acts.resolve(s, desk=desk, id_=rx, now=self.now), cut)

    @precondition(lambda self: self.where("settled reversing"))
    @rule(pick=picks, mood=answers, cut=cuts)
    def reverse(self, pick: int, mood: str, cut: int | None) -> None:
        """Take it back; what was handed out is refused."""
        rx = self.one(pick, "settled reversing")
        self.platform.mood = mood
        desk = self.scene.desk
        self.do(lambda s: attacks.reverse(s, desk, rx, now=self.now), cut)

    @precondition(lambda self: self.where("posted"))
    @rule(pick=picks, cash=st.integers(0, 1_300), cut=cuts)
    def tender(self, pick: int, cash: int, cut: int | None) -> None:
        """Pay otherwise than before."""
        rx = self.one(pick, "posted")

        def act(session: Session) -> object:
            held = service.settlement(session, rx)
            cash_fen = min(cash, held.cash_fen)
            parts = {"cash": cash_fen, "mobile": held.cash_fen - cash_fen}
            return service.tender(
                session,
                settlement_id=held.id,
                outlet_code=SHOP,
                parts=parts,
                by="counter",
                now=self.now,
            )

        self.do(act, cut)

    @precondition(lambda self: self.where("received"))
    @rule(pick=picks, revoked=st.sampled_from([False, False, False, True]))
    def check(self, pick: int, revoked: bool) -> None:
        """Look at it at another outlet, or have the issuer withdraw it."""
        rx, act = self.one(pick, "received"), acts.revoke if revoked else acts.check
        desk, now = self.scene.desk, self.now
        self.do(lambda s: act(s, desk=desk, id_=rx, now=now))

    @precondition(lambda self: self.where("settled"))
    @rule(pick=picks, cut=cuts)
    def collect(self, pick: int, cut: int | None) -> None:
        """Hand it out at the counter."""
        rx = self.one(pick, "settled")
        desk, now = self.scene.desk, self.now
        self.do(lambda s: acts.collect(s, desk=desk, id_=rx, now=now), cut)

    @precondition(lambda self: self.where("settled"))
    @rule(pick=picks, cut=cuts)
    def order(self, pick: int, cut: int | None) -> None:
        """Order its delivery."""
        rx = self.one(pick, "settled")
        desk, now = self.scene.desk, self.now
        self.do(lambda s: acts.order(s, desk=desk, id_=rx, now=now), cut)

    @precondition(lambda self: self.where("placed packed"))
    @rule(pick=picks)
    def leave(self, pick: int) -> None:
        """Pack it and take it on the road."""
        rx = self.one(pick, "placed packed")
        desk, now = self.scene.desk, self.now

        def act(session: Session) -> object:
            order = self.latest_order(session, rx)
            service.pack(session, desk, order_id=order.id, outlet_code=SHOP, now=now)
            return road.depart(session, desk, [order.id], now=now)

        self.do(act)

    @precondition(lambda self: self.where("out"))
    @rule(pick=picks, by=st.sampled_from(["cash", "mobile"]), cut=cuts)
    def deliver(self, pick: int, by: str, cut: int | None) -> None:
        """Hand it over at the door."""
        rx = self.one(pick, "out")

        def act(session: Session) -> object:
            order = self.latest_order(session, rx)
            return routing.hand_over(
                session,
                self.scene.desk,
                secret=SECRET,
                order_id=order.id,
                courier_code=road.COURIER,
                door=routing.Door(handover_code(SECRET, str(order.id)), paid_by=by),
                now=self.now,
            )

        self.do(act, cut)

    @precondition(lambda self: self.where("out"))
    @rule(
        pick=picks, outcome=st.sampled_from(["retry", "return"]), mood=answers, cut=cuts
    )
    def fail(self, pick: int, outcome: str, mood: str, cut: int | None) -> None:
        """Come back with it."""
        rx = self.one(pick, "out")
        self.platform.mood = mood

        def act(session: Session) -> object:
            order = self.latest_order(session, rx)
            return routing.fail(
                session,
                self.scene.desk,
                order_id=order.id,
                courier_code=road.COURIER,
                reason="not_home",
                outcome=outcome,
                now=self.now,
            )

        self.do(act, cut)

    @precondition(lambda self: self.where("pending unknown reversing"))
    @rule(mood=answers, cut=cuts)
    def sweep(self, mood: str, cut: int | None) -> None:
        """Finish what was cut off."""
        self.platform.mood = mood
        desk = self.scene.desk
        self.do(lambda s: service.recover(s, desk, now=self.now), cut)
        self.do(lambda s: routing.finish_returns(s, desk, now=self.now))

    @rule(by=st.sampled_from([CUT_OFF, *(timedelta(hours=h) for h in (1, 9, 24))]))
    def wait(self, by: timedelta) -> None:
        """Let time pass, within the day or into the next."""
        self.now += by

    @precondition(lambda self: self.where("posted dispensed"))
    @rule(lacks=st.sampled_from([0, 0, 5]), cut=cuts)
    def close_till(self, lacks: int, cut: int | None) -> None:
        """Count the till and close it."""

        def act(session: Session) -> object:
            expected = service.till(session, SHOP).expected
            counted = {**expected, "cash": expected["cash"] - lacks}
            return service.close_till(
                session,
                outlet_code=SHOP,
                counted=counted,
                reason="点数" if lacks else "",
                by="counter",
                now=self.now,
            )

        self.do(act, cut)

    @precondition(lambda self: self.purse_fen)
    @rule(fen=st.integers(1, 900), cut=cuts)
    def hand_in(self, fen: int, cut: int | None) -> None:
        """Bring cash from the door to the till."""
        self.do(
            lambda s: service.hand_in(
                s,
                outlet_code=SHOP,
                courier_code=road.COURIER,
                amount_fen=fen,
                by="counter",
                now=self.now,
            ),
            cut,
        )

    @rule(begins=st.booleans())
    def aid(self, begins: bool) -> None:
        """Give leave to pay for a relative, or withdraw it."""
        person, desk = PEOPLE[2], self.scene.desk
        who = {"payer_no": PAYER.person_no, "person_no": person.person_no}
        if not begins:
            self.do(lambda s: service.end_aid(s, **who, now=self.now))
            return
        proof = {**who, "id_number": person.id_number}
        self.do(lambda s: service.allow_aid(s, desk.vault, **proof, now=self.now))

    @precondition(lambda self: self.now.date() > self.first_day)
    @rule(cut=cuts)
    def close_day(self, cut: int | None) -> None:
        """Reconcile yesterday with the platform, and close it."""
        asked = {
            "outlet_code": SHOP,
            "day": (self.now - timedelta(days=1)).date(),
            "by": "bureau",
            "now": self.now,
        }
        desk = self.scene.desk
        self.do(lambda s: service.reconcile(s, desk, **asked))
        self.do(lambda s: service.close_day(s, desk, **asked), cut)
