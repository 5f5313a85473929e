"""Who lives these lives, and an insurance platform that does not always answer."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Engine

from dispensing.gateway import Charge, ChargeDeclined, Receipt, Unanswered
from dispensing.gateway.sandbox import SandboxGateway
from fixtures import cast
from tests import world
from tests.crash import town
from web import db

PEOPLE = (
    replace(cast.alice, used_deductible_fen=10_000),
    town.person(1, town.CAP_FEN - 600),  # the second bill is cut
    replace(town.person(2, 0), used_deductible_fen=9_200),
)
PAYER = replace(town.person(3, 0), scheme="employee", account_fen=900)


class Fickle(SandboxGateway):
    """A platform that answers, declines, loses its answer, or does not hear."""

    mood = "ok"

    def charge(self, charge: Charge) -> Receipt:
        """Book, or not, and tell, or not."""
        if self.mood == "declined":
            raise ChargeDeclined("参保状态异常")
        self._hear()
        receipt = super().charge(charge)
        self._tell()
        return receipt

    def query(self, msgid: str) -> Receipt | None:
        """Look up, and tell, or not."""
        self._hear()
        return super().query(msgid)

    def reverse(self, msgid: str, *at: datetime) -> None:
        """Reverse, and tell, or not."""
        self._hear()
        super().reverse(msgid, *at)
        self._tell()

    def _hear(self) -> None:
        if self.mood == "deaf":
            raise Unanswered("deaf")

    def _tell(self) -> None:
        if self.mood == "lost":
            raise Unanswered("lost")


def populate(engine: Engine) -> None:
    """Let the people of a life in."""
    with db.open_session(engine) as session:
        world.populate(session, world.open_desk(), [*PEOPLE, PAYER, *cast.INSURED[1:]])
        town.add_medicine(session)
