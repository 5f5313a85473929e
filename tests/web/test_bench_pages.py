"""What a page asks of the database does not grow with what there is."""

import re
from functools import cache
from gzip import compress
from time import monotonic
from urllib.parse import urlsplit

import pytest

from dispensing import service
from fixtures import cast
from tests.platform import ROOT, delivery, platform, settled
from tests.serving import serving
from tests.world import NOON
from web import bench_request, db
from web.bench_pages import OF_ONE, PAGES, counting, in_step
from web.bench_pages.filling import Filled, copy, placed

__all__ = ["platform"]
FIRST_LOAD_BYTES_MAX = 250 * 1024  # compressed, as a server before it sends it
LOADED = re.compile(r'(?:src|href)="(/static/[^"#?]+)')
QUERIES_MAX = 50  # of any page
MANY = 50
NAMES = {
    "patient": "alice",
    "counter": "counter",
    "dispatch": "dispatcher",
    "courier": "courier",
    "hospital": "hospital",
    "bureau": "bureau",
}
# What is fetched into a page, or leads on to one that it names in its query.
PARTS = {"/counter/paper/medicines", "/live", "/live/since", "/bureau/network/outlets"}
PARTS |= {"/account/again", "/account/factor"}
PARTS |= {"/bureau/overlay/answer", "/patient/closing/sure"}
PARTS |= {"/rights"}  # a table that no database is asked for
PARTS |= {"/bureau/desk/calendar.ics", "/bureau/desk/tasks.csv"}
PARTS |= {"/bureau/desk/inspections/pack.csv", "/bureau/smart/alarms.csv"}
PARTS |= {"/bureau/desk/tasks.xlsx", "/bureau/smart/alarms.xlsx"}
PARTS |= {"/bureau/smart/cases.csv", "/bureau/smart/cases.xlsx"}
PARTS |= {"/dispatch/ground.json", "/dispatch/score.csv", "/bureau/carriers.csv"}


@pytest.fixture
def lived(platform):
    """Settle one prescription of alice, and let her order its delivery."""
    rx = settled(platform)
    order = platform.program("alice").post(f"/prescriptions/{rx}/order", delivery())
    return {"rx": rx, "order": order["id"]}


@cache
def packed(path):
    """Give the bytes of a script, a sheet or a picture as it travels."""
    return len(compress((ROOT / "web" / path.lstrip("/")).read_bytes()))


def copied(platform, many):
    """Copy the prescription and its order until there are so many, all of them alice's."""
    parts, people = platform.app.extensions, [cast.alice.person_no]
    size = {"prescriptions": many, "orders": many, "people": people}
    copy(parts["engine"], parts["desk"].vault, **size)


def queries(platform, lived):
    """Count the queries of every page."""
    found = {}
    for role, pages in PAGES.items():
        client = platform.person(NAMES[role])
        for page in (*pages, *OF_ONE.get(role, ())):
            address = page.format(**lived)
            # The first time, templates and statements are compiled.
            assert client.get(address).status_code == 200, address
            with counting(platform.app.extensions["engine"]) as asked:
                client.get(address)
            found[role, page] = len(asked)
    return found


def test_each_page_asks_as_much_with_fifty_prescriptions_as_with_one(platform, lived):
    few = queries(platform, lived)
    copied(platform, MANY)
    many = queries(platform, lived)
    assert platform.person("alice").get("/patient").text.count("<article") == MANY
    assert {
        page: (few[page], many[page]) for page in few if many[page] != few[page]
    } == {}
    assert {page: n for page, n in many.items() if n > QUERIES_MAX} == {}


def test_what_is_long_goes_by_pages_and_every_parcel_is_counted(platform, lived):
    copied(platform, 120)
    clerk, dispatcher = platform.person("counter"), platform.person("dispatcher")
    first, last = (clerk.get(f"/counter?page={page}").text for page in (1, 5))
    assert [page.count('<td data-is="处方号"') for page in (first, last)] == [25, 20]
    assert "待打包（120）" in first and "先列最早要送的 20 单。" in last
    waiting = dispatcher.get("/dispatch?day=2025-09-15&page=3").text
    assert "订单（120）" in waiting and "第 3 页，共 3 页" in waiting
    assert 'href="/dispatch?day=2025-09-15&amp;page=2"' in waiting
    for page in ("0", "x", "1" * 20):
        assert clerk.get(f"/counter?page={page}").status_code == 422


def test_no_page_loads_more_than_a_quarter_of_a_megabyte(platform, lived):
    for role, pages in PAGES.items():
        client = platform.person(NAMES[role])
        for page in (*pages, *OF_ONE.get(role, ())):
            address = page.format(**lived)
            shown = client.get(address)
            own = set(LOADED.findall(shown.text))
            assert "/static/vendor/htmx.js" in own or page.endswith(".csv")
            loaded = len(compress(shown.data)) + sum(map(packed, own))
            assert loaded <= FIRST_LOAD_BYTES_MAX, (role, page, loaded)


def test_every_page_that_names_nothing_is_measured(platform):
    views = platform.app.view_functions
    pages = {
        (role, str(rule).replace("<any(bureau, counter):face>", role))
        for rule in platform.app.url_map.iter_rules()
        if "GET" in rule.methods and not str(rule).startswith("/api")
        for role in getattr(views[rule.endpoint], "login_roles", ())
        if role in PAGES
    }
    named = {(role, page) for role, page in pages if "<" not in page} - {
        (role, page) for role in PAGES for page in PARTS
    }
    assert named == {(role, page) for role in PAGES for page in PAGES[role]}


def test_pages_that_listen_are_timed_from_the_commit_on(platform, lived, monkeypatch):
    monkeypatch.setattr(in_step, "LISTENERS", 1)
    monkeypatch.setattr(in_step, "RETRY_MS", 300)
    extensions = platform.app.extensions
    copied(platform, 3)
    first, second = placed(extensions["engine"], people=1, count=2)

    def pack(order):
        asked = {"order_id": order.id, "outlet_code": order.outlet_code, "now": NOON}
        with db.open_session(extensions["engine"]) as session:
            service.pack(session, extensions["desk"], **asked)
        return monotonic()

    with serving(platform.app) as address:
        port = urlsplit(address).port
        pages = in_step.opened(platform.app, port, [first, second])
        with in_step.following(pages):
            told = in_step.measured(pages, [first], pack, cut=False)
            after = in_step.measured(pages, [second], pack, cut=True)
    for role in in_step.PAGES:
        (usual,), (cut,) = told[role], after[role]
        assert 0 <= usual.heard_s < usual.shown_s - in_step.RENEWS_S
        assert 0.2 < cut.heard_s < cut.shown_s - in_step.RENEWS_S


def test_what_the_edge_costs_is_told_layer_by_layer(platform, lived, monkeypatch):
    monkeypatch.setattr(bench_request, "ASKED", 1)
    town = Filled(platform.app, {}, lived["rx"], lived["order"])
    address = f"/counter/prescriptions/{lived['rx']}"
    found = bench_request.costs(town, platform.person("counter"), address, turns=1)
    asked = {one.layer: one.queries for one in found}
    assert asked["nothing"] == 0 < asked["session"]
    assert asked["record"] > 0 and asked["lock"] == 1
    assert platform.person("alice").get(address).status_code == 403, "all are on again"
