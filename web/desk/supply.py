"""Tiles of the network and its supply: quota units below their floor."""

from collections.abc import Sequence
from datetime import date

from flask import url_for
from sqlmodel import Session

from pharmacies import service as pharmacies
from web import parts
from web.desk.tile import Entry, Tile


def _quota(session: Session, area: str, day: date) -> Sequence[Entry]:
    rules = parts.rules(day)
    short = [
        one
        for one in pharmacies.quota_standings(
            session,
            rules.quota_targets,
            day,
            aliases=rules.quota_units,
            pooling_area=area,
        )
        if not one.met
    ]
    if not short:
        return ()
    return (
        Entry(
            "late",
            "{units} 个单位的指定药店还差 {n} 家",
            url_for("bureau_pages.home"),
            {"units": len(short), "n": sum(one.gap for one in short)},
        ),
    )


QUOTA = Tile("quota", "指定药店目标", ("bureau", "admin", "auditor"), _quota)
