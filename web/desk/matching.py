"""The tile of matching: lists that are late or due, and what changed since the run before."""

from collections.abc import Iterator, Sequence
from datetime import date

from flask import url_for
from sqlmodel import Session

from dispensing.matching.lists import LISTS
from dispensing.service.matching.reading import MatchingListView, runs
from web.auth import caller
from web.desk.tile import Entry, Kind, Tile
from web.words import pick

ROLES = ("bureau", "health")


def _tell(session: Session, area: str, day: date) -> Sequence[Entry]:
    role = "health" if "bureau" not in caller().roles else "bureau"
    for run in runs(session, area, role, 1):
        return tuple(
            entry
            for each in run.lists
            for entry in _of_list(
                each,
                url_for("matching_pages.show_list", run_id=run.id, name=each.name),
                day,
            )
        )
    return ()


def _of_list(one: MatchingListView, address: str, day: date) -> Iterator[Entry]:
    rule = LISTS[one.name]
    values: dict[str, str | int] = {"list": pick(rule.zh, rule.en), "n": one.left}
    if one.due is not None and one.left:
        kind: Kind = "late" if one.late(day) else "due"
        yield Entry(kind, "{list}：还有 {n} 人没有答复", address, values, one.due.day)
    changed = one.new + one.changed + one.gone
    if changed:
        told = {**values, "n": changed}
        yield Entry("changed", "{list}：与上次相比有 {n} 人变化", address, told)


MATCHING = Tile("matching", "名单比对", ROLES, _tell)
