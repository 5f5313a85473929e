"""People whose pots may run dry: only their rows have to be put in order.

Whoever asks for less in a year than any ceiling leaves gets all of it, in whatever order
the claims came. One sum for each person tells; sorting rows is what costs in bulk.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from ibis.expr.types import Table

from dispensing.bulk.book import fetched, kept
from dispensing.bulk.rulebook import Rulebook, asked
from dispensing.bulk.whole import summed

STEADY = ("steady_deductible", "steady_cap")  # one ceiling for all that a person asks
PASS_ROWS = 3_400_000  # as many as are put in order within the memory of a workshop


@dataclass(frozen=True, slots=True)
class Dry:
    """The people whose pots may run dry, and how many rows they have."""

    people: Table
    rows: int

    def passes(self, claims: Table, pass_rows: int = PASS_ROWS) -> Iterator[Table]:
        """Give their claims, divided by person so that each part is put in order in memory."""
        number = -(-self.rows // pass_rows)
        for wanted in range(number):
            place = (self.people.person.hash() % number + number) % number
            people = self.people.filter(place == wanted) if number > 1 else self.people
            joined = claims.join(people, claims.person == people.person)
            yield joined.select(claims, *(people[name] for name in STEADY))

    def others(self, claims: Table) -> Table:
        """Give the claims of everybody else."""
        return claims.anti_join(self.people, "person") if self.rows else claims


def may_run_dry(rules: Rulebook) -> Dry:
    """Find the people who ask for more than a ceiling, or who meet a deductible.

    As if nothing were refused: whoever is in order then is in order all the more when
    some of it is, and no check has to be made.
    """
    rows = asked(rules, rules.book.claims)
    flow = rows.wanted + rows.ordinary if rules.shares_pot else rows.wanted
    deductible = rows.deductible_fen.nullif(0)
    pots = rows.group_by(*rules.pot).aggregate(
        wanted=summed(flow.sum()),
        low_cap=rows.cap_fen.min(),
        high_cap=rows.cap_fen.max(),
        low_deductible=deductible.min(),
        high_deductible=deductible.max(),
        rows=rows.count(),
    )
    pots = pots.mutate(
        is_dry=(pots.wanted > pots.low_cap) | pots.low_deductible.notnull(),
        steady_cap=pots.low_cap == pots.high_cap,
        steady_deductible=pots.low_deductible == pots.high_deductible,
    )
    if len(rules.pot) > 1:
        pots = pots.group_by("person").aggregate(
            is_dry=pots.is_dry.any(),
            rows=summed(pots.rows.sum()),
            **{name: pots[name].all() for name in STEADY},
        )
    found = pots.filter(pots.is_dry).select(
        "person", "rows", **{name: pots[name].fill_null(True) for name in STEADY}
    )
    found = kept(rules.book.backend, found)
    (sums,) = fetched(rules.book.backend, found.aggregate(rows=found.rows.sum()))
    return Dry(found.drop("rows"), int(sums["rows"] or 0))
