"""What a counter does with a prescription beside its money: reviews, claims, returns, lapses."""

from contextlib import suppress
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from sqlmodel import Session

from dispensing import service
from pharmacies import service as network
from pharmacies.errors import StockError
from pharmacies.movements import Act
from tests.dispensing.attacks import SHOP
from tests.stateful.books import Books
from tests.stateful.draws import cuts, pharmacists, picks, shops
from tests.world import AMLODIPINE

NO_SECRET = "w" * 43  # of a claim whose answer was cut off
CLAIMABLE = "received checked reviewed part_dispensed repeatable claimed"
REVIEWABLE = "awaiting_review awaiting_second_review received part_dispensed"
WITHDRAWABLE = "reviewed claimed part_dispensed repeatable"


class Holding(Books):
    """A life in which a prescription is reviewed, held, given back, closed, and lapses."""

    @precondition(lambda self: self.where(CLAIMABLE))
    @rule(pick=picks, shop=shops, cut=cuts)
    def claim(self, pick: int, shop: str, cut: int | None) -> None:
        """Hold it for a pharmacy; where the answer is cut off, nobody knows the secret."""
        rx = self.one(pick, CLAIMABLE)
        held: Any = self.do(
            lambda s: service.claim(
                s,
                self.scene.desk,
                prescription_id=rx,
                outlet_code=shop,
                by="counter",
                now=self.now,
            ),
            cut,
        )
        if held is not None:
            self.claims[rx] = shop, held.secret

    @rule(
        kind=st.sampled_from(["received", "received", "written_off", "sent_back"]),
        batch=st.sampled_from(["A1", "B2", ""]),
        packs=st.integers(1, 9),
        cut=cuts,
    )
    def move_stock(self, kind: str, batch: str, packs: int, cut: int | None) -> None:
        """Enter what came in, was lost, or went back."""
        act = Act(SHOP, self.now.date(), self.now, "counter")
        with suppress(StockError):  # a batch that is being settled stays
            self.do(
                lambda s: network.move_stock(
                    s,
                    act,
                    kind=kind,
                    medicine_code=AMLODIPINE,
                    quantity=packs,
                    batch=batch,
                ),
                cut,
            )

    @precondition(lambda self: self.where("claimed"))
    @rule(pick=picks, cut=cuts)
    def give_back(self, pick: int, cut: int | None) -> None:
        """Return it, under the secret that was told last."""
        rx = self.one(pick, "claimed")
        shop, secret = self.claims.get(rx, (SHOP, NO_SECRET))
        asked = {"prescription_id": rx, "outlet_code": shop, "secret": secret}
        asked |= {"reason": "out_of_stock", "by": "counter", "now": self.now}
        self.do(lambda s: service.give_back(s, self.scene.desk, **asked), cut)

    @precondition(lambda self: self.where(REVIEWABLE))
    @rule(
        pick=picks,
        who=pharmacists,
        verdict=st.sampled_from(["passed"] * 5 + ["refused"]),
        cut=cuts,
    )
    def review(self, pick: int, who: str, verdict: str, cut: int | None) -> None:
        """Let a pharmacist review it."""
        rx = self.one(pick, REVIEWABLE)
        said = service.Review(verdict, f"ZY{who}", f"药师{who}", "剂量核对")
        asked = {"prescription_id": rx, "outlet_code": SHOP, "review": said}
        asked |= {"by": f"pharmacist-{who}", "now": self.now}
        self.do(lambda s: service.review(s, self.scene.desk, **asked), cut)

    @precondition(lambda self: self.where(WITHDRAWABLE))
    @rule(pick=picks, who=pharmacists, cut=cuts)
    def withdraw_review(self, pick: int, who: str, cut: int | None) -> None:
        """Withdraw the latest review."""
        rx = self.one(pick, WITHDRAWABLE)
        said = service.Withdrawal("漏看相互作用", f"ZY{who}", f"药师{who}")
        asked = {"prescription_id": rx, "outlet_code": SHOP, "withdrawal": said}
        asked |= {"no": self.known[rx].reviews, "by": who, "now": self.now}
        self.do(lambda s: service.withdraw_review(s, self.scene.desk, **asked), cut)

    @precondition(lambda self: self.where("part_dispensed"))
    @rule(pick=picks, cut=cuts)
    def close_rest(self, pick: int, cut: int | None) -> None:
        """Close what is owed."""
        rx = self.one(pick, "part_dispensed")
        asked = {"prescription_id": rx, "outlet_code": SHOP, "now": self.now}
        asked |= {"reason": "not_wanted", "by": "counter"}
        self.do(lambda s: service.close_rest(s, self.scene.desk, **asked), cut)

    @precondition(lambda self: self.where("claimed lapsed"))
    @rule(cut=cuts)
    def end_by_itself(self, cut: int | None) -> None:
        """Sweep what is over: claims at their hour, prescriptions after their last day."""

        def act(session: Session) -> object:
            service.end_claims(session, now=self.now)
            return service.lapse_all(session, self.scene.desk, now=self.now)

        self.do(act, cut)
