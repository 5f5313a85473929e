"""A plan tells whose travel times it goes by."""

import numpy as np
import pytest
from sqlmodel import Session

from dispensing.desk import Desk
from dispensing.gateway.sandbox import SandboxGateway
from fixtures import cast
from routing import service as routing
from routing.travel import UNREACHABLE_S, GeodesicTravel, RoadsAway, Ways
from routing.travel.instead import Instead
from tests import world
from tests.routing.parcels import ordered, pack_all, settled
from tests.routing.test_service import slice_of
from tests.world import NOON


class Away:
    def matrices(self, points, *, at=None):
        raise RoadsAway("OSRM", "ConnectError")


class Island:
    """Nobody reaches the first door, nor leaves it."""

    def matrices(self, points, *, at=None):
        self.at = at
        plain = GeodesicTravel().matrices(points)
        travel_s = np.array(plain.travel_s)
        travel_s[1, :] = travel_s[:, 1] = UNREACHABLE_S
        travel_s[1, 1] = 0
        return Ways(travel_s, plain.distance_m, "a ferry's timetable")


@pytest.fixture
def desk() -> Desk:
    return world.open_desk(SandboxGateway(":memory:"))


@pytest.fixture
def street(session: Session, desk: Desk) -> Session:
    world.populate(session, desk)
    return session


def plan_by(street, desk, travel):
    order = ordered(street, desk, settled(street, desk, 1))
    pack_all(street, desk, [order])
    plan = routing.plan_slice(street, desk, slice_of(), now=NOON, travel=travel)
    return plan, order


def test_a_plan_without_its_road_engine_says_so(street, desk):
    plan, _ = plan_by(street, desk, Instead(Away(), GeodesicTravel()))
    assert plan.roads.instead_of == "OSRM: ConnectError"
    assert "geodesic" in plan.roads.source
    assert (plan.roads.missing, plan.roads.cut_off) == (0, ())
    assert len(plan.routes) == 1


def test_a_door_that_no_road_leads_to_is_named(street, desk):
    roads = Island()
    plan, order = plan_by(street, desk, roads)
    assert plan.roads.cut_off == (str(order.id),)
    assert plan.roads.missing >= 2
    assert [it.reason for it in plan.unserved] == ["no_way"]
    assert roads.at >= NOON
    assert plan.carrier_code == cast.CARRIER
