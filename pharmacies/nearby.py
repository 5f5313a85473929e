"""The nearest pharmacies admitted for chronic diseases (指定药店), by the grid of cells."""

from datetime import date

from sqlmodel import Session

from pharmacies.cells import cells_within
from pharmacies.outlets import Outlet
from pharmacies.places import Point, distance_m
from pharmacies.service import outlets_of
from pharmacies.serving_asking import ADMITTED, ask

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
    codes = [code for _, code in sorted(found)[:count]]
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
