"""A centre takes its word back while the bureau lets people in: one comes after the other."""

from dataclasses import replace
from datetime import date, time
from uuid import uuid4

import pytest
from sqlmodel import select

from dispensing.errors import DomainError
from dispensing.matching.registry import examine
from dispensing.service.approving import Party
from dispensing.service.matching import centres, enrolling, registries
from dispensing.service.matching.acting import Answer
from dispensing.tables import CentreWordRow, EnrolmentRow, MatchingEntryRow
from pharmacies import service as pharmacies
from pharmacies.outlets import Outlet
from pharmacies.places import Point
from tests.clearing.test_at_once import TOGETHER
from tests.matching.conftest import AREA, BUREAU, DAY, HEADINGS, NOW
from tests.matching.test_at_once import BORN, in_session
from web import db

CENTRE = "H53090200001"
CLERK = Party("clerk", "counter", "中心")


@pytest.fixture
def county(engine, county_in):
    """Open a county whose text asks centres, with four people of one centre, on each database."""
    with db.open_session(engine) as session:
        made = county_in(session, "chongqing")
        pharmacies.add_outlets(session, [_centre()])
        for no in range(1, 5):
            made.manage(f"陈{no}", made.insure(no, f"陈{no}", BORN), "高血压")
        read = examine("\n".join((HEADINGS, *made.rows)).encode(), DAY)
        registries.take(
            session,
            made.vault,
            [replace(one, institution=CENTRE) for one in read.people.values()],
            registries.Source("名单.csv", "0" * 64, DAY),
            id_=uuid4(),
            area=AREA,
            by=BUREAU,
            now=NOW,
        )
        session.rollback()  # the line is free for the others
        yield made


def _centre():
    return Outlet(
        code=CENTRE,
        name="凤翔街道社区卫生服务中心",
        kind="hospital",
        level="primary",
        area="530902",
        point=Point(100.08, 23.88),
        chain=None,
        internet=False,
        cold_chain=False,
        opens=time(8),
        closes=time(18),
        price_list="public",
        quota_unit=None,
        address="临翔区凤翔街道1号",
    )


def say(code):
    """Give the act of the centre that says this of everybody on its list."""

    def act(one):
        ids = one.session.exec(select(MatchingEntryRow.id)).all()
        words = [Answer(id_, code, "没有建档") for id_ in ids]
        return centres.say(one.session, CENTRE, words, by=CLERK, now=NOW)

    return act


def enrol(run_id):
    """Give the act of the officer who lets the confirmed in."""

    def act(one):
        return enrolling.enrol(
            one.session,
            one.vault,
            one.rules,
            run_id,
            name="enrol",
            area=AREA,
            by=BUREAU,
            now=NOW,
            today=date(2025, 9, 15),
        )

    return act


@TOGETHER
def test_c12_nobody_is_let_in_whom_the_centre_refused_first(
    engine, county, county_in, together
):
    run_id = county.run()
    assert say("confirmed")(county) == 4
    county.session.rollback()
    acts = [
        in_session(county, county_in, act)
        for act in (enrol(run_id), say("refused"), enrol(run_id), say("refused"))
    ]
    done = together(engine, acts)
    refused = [one for one in done if isinstance(one, DomainError)]
    let_in = len(county.session.exec(select(EnrolmentRow)).all())
    said = [one.code for one in county.session.exec(select(CentreWordRow)).all()]
    if let_in:
        assert let_in == 4 and said == ["confirmed"] * 4
        assert {one.code for one in refused} == {"enrolled-already"}
    else:
        assert said == ["confirmed"] * 4 + ["refused"] * 4 and not refused
