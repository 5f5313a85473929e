"""The nearest pharmacies admitted for chronic diseases (指定药店), by the grid of cells."""

from collections.abc import Sequence
from datetime import date

from sqlmodel import Session, col, or_, select

from pharmacies.cells import cells_within
from pharmacies.outlets import Outlet
from pharmacies.places import Point, distance_m
from pharmacies.service import outlets_of
from pharmacies.serving_asking import ADMITTED, ask
from pharmacies.tables import OutletRow

FIRST_M, GROWS, REACH_M = 2_000, 2, 300_000


def nearest_admitted(
    session: Session, point: Point, pooling_area: str, day: date, *, count: int
) -> tuple[Outlet, ...]:
    """List the nearest pharmacies of a pooling area that are admitted on a day.

    The circle doubles until it holds enough; nobody farther away is looked at.
    """
    within_m = FIRST_M
    found = _within(session, point, pooling_area, day, within_m=within_m)
    while len(found) < count and within_m < REACH_M:
        within_m = min(within_m * GROWS, REACH_M)
        found = _within(session, point, pooling_area, day, within_m=within_m)
    return _in_order(session, sorted(found)[:count])


def named_admitted(
    session: Session,
    point: Point,
    pooling_area: str,
    *,
    day: date,
    words: str,
    count: int,
) -> tuple[Outlet, ...]:
    """List the nearest admitted pharmacies whose name or address contains the words."""
    query = select(OutletRow.code).where(
        col(OutletRow.pooling_area) == pooling_area,
        or_(
            col(OutletRow.name).contains(words, autoescape=True),
            col(OutletRow.address).contains(words, autoescape=True),
        ),
    )
    named = set(session.exec(query))
    there = _within(session, point, pooling_area, day, within_m=REACH_M)
    found = sorted(each for each in there if each[1] in named)
    return _in_order(session, found[:count])


def _in_order(
    session: Session, found: Sequence[tuple[float, str]]
) -> tuple[Outlet, ...]:
    codes = [code for _, code in found]
    by_code = {each.code: each for each in outlets_of(session, codes)}
    return tuple(by_code[code] for code in codes)


def _within(
    session: Session, point: Point, pooling_area: str, day: date, *, within_m: int
) -> list[tuple[float, str]]:
    given = {
        "area": pooling_area,
        "day": day,
        "cells": cells_within(point, within_m),
    }
    there = [
        (distance_m(point, Point(lon, lat)), code)
        for code, lon, lat in ask(session, ADMITTED, given)
    ]
    return [each for each in there if each[0] <= within_m]
