"""Who does well gets a larger part, who does not loses fees; the surplus stays (临沧 二（三）8)."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispensing.clearing.indicators import indicators
from dispensing.clearing.scores import Measured
from dispensing.clearing.tilt import FEES, Team, TiltTerms, tilt
from dispensing.matching.registry import rows_of
from dispensing.policy import overlay_of
from dispensing.policy.rules import rules_for
from dispensing.service.clearing import entering, tilting
from tests.clearing.county import AFTER, GROUP, PLACE, TREE, YEAR, fill, number
from tests.platform import PASSWORD, open_platform, send
from web import accounts, db

OPEN = rules_for("lincang", date(2025, 12, 31))
SHARES = {
    "score.qualified_share": "0.80",
    "payout.tilt_share": "0.10",
    "contract.deducted_share": "0.25",
}
RULES = rules_for(
    "lincang", date(2025, 12, 31), overlay_of("lincang", SHARES, source="县医保局复函")
)
AMOUNTS = st.integers(0, 10**12)
CODES = [code for code, *_ in TREE]


@st.composite
def teams(draw):
    count = draw(st.integers(0, 8))
    return [
        Team(
            f"H{no}",
            draw(AMOUNTS),
            {payer: draw(AMOUNTS) for payer in FEES},
            Measured(draw(st.integers(0, 100)), 100),
            draw(st.booleans()),
            draw(st.booleans()),
        )
        for no in range(count)
    ]


@given(
    group=teams(),
    terms=st.builds(TiltTerms, *(st.integers(0, 10_000) for _ in range(3))),
)
def test_l23_what_moves_comes_from_the_others_to_the_fen(group, terms):
    done = tilt(terms, group)
    assert sum(one.moved_fen for one in done) == 0
    assert sum(one.due_fen for one in done) == sum(one.base_fen for one in group)
    for one in done:
        assert one.due_fen >= 0
        assert one.moved_fen >= 0 if one.is_favoured else one.moved_fen <= 0
        for payer in FEES:
            kept_back, fee = one.deducted_fen[payer], one.team.fees_fen[payer]
            assert 0 <= kept_back <= fee
            assert not (one.is_qualified and kept_back)
    if not any(one.is_favoured and one.team.base_fen for one in done):
        assert not any(one.moved_fen for one in done)


def team(code, base, part, *, well=True, up=True):
    return Team(code, base, dict.fromkeys(FEES, 101), Measured(part, 100), well, up)


def test_l23_the_shares_of_the_officer_give_these_amounts():
    terms = TiltTerms(8_000, 1_000, 2_500)
    done = tilt(
        terms,
        [
            team("a", 200, 80),
            team("b", 100, 90),
            team("c", 95, 79),
            team("d", 10, 99, up=False),
        ],
    )
    # 95 gives 10 (half up), 10 gives 1; the 11 go by 200 : 100.
    assert [one.moved_fen for one in done] == [7, 4, -10, -1]
    assert [one.is_qualified for one in done] == [True, True, False, True]
    assert [one.deducted_fen[FEES[0]] for one in done] == [0, 0, 25, 0]


def test_a_team_has_amounts_from_nought_and_a_share_of_points():
    with pytest.raises(ValueError, match="amounts from nought"):
        team("a", -1, 80)
    with pytest.raises(ValueError, match="share of points"):
        Team("a", 1, dict.fromkeys(FEES, 0), Measured(3), True, True)


@pytest.fixture
def work(sqlite_engine):
    with db.open_session(sqlite_engine) as opened:
        fill(opened)
        yield opened


def enter(work, name, part, of=None, **more):
    entering.enter(work, number(name, part, of, **more), indicators(OPEN))


def enter_all(work):
    for no, code in enumerate(CODES):
        enter(work, "surplus_part", 1_000_00 + no, ref=code)
        enter(work, "contract_fee_insurance", 300_00, ref=code)
        enter(work, "contract_fee_health", 200_00, ref=code)
        for name in ("managed_well", "health_up"):
            enter(work, name, 1 if no != 1 else 0, ref=code)
        enter(work, "8.2", 70 if no == 2 else 90, 100, code=code, role="health")


def reckoned(work, rules=RULES):
    return tilting.tilt_of(work, rules, place=PLACE, group=GROUP, year=YEAR)


def test_l23_a_year_is_tilted_once_every_number_is_entered(work):
    lacking = reckoned(work).lacking
    assert len(lacking) == len(CODES) * 6 and not reckoned(work).done
    enter_all(work)
    done = {one.team.code: one for one in reckoned(work).done}
    first, second, third, fourth = (done[code] for code in CODES)
    assert first.is_favoured and fourth.is_favoured
    assert second.is_qualified and not second.is_favoured and not third.is_qualified
    assert second.moved_fen == -100_00 and third.moved_fen == -100_00
    assert first.moved_fen + fourth.moved_fen == 200_00
    assert third.deducted_fen == {FEES[0]: 75_00, FEES[1]: 50_00}
    enter(work, "surplus_part", 0, ref=CODES[0])  # a correction counts
    assert reckoned(work).done[0].moved_fen == 0


def test_l23_while_a_figure_is_open_nothing_is_reckoned_and_it_is_named(work):
    enter_all(work)
    draft = reckoned(work, OPEN)
    assert set(draft.open_figures) == set(SHARES) and draft.done == ()
    assert any("适当倾斜" in one.quote for one in draft.cited)
    tieling = rules_for("tieling", date(2025, 1, 1))
    assert not reckoned(work, tieling).is_asked


@pytest.mark.parametrize(
    ("name", "part", "ref"),
    [
        ("managed_well", 2, "H1"),
        ("managed_well", 1, ""),
        ("surplus_part", 1, ""),
        ("health_up", -1, "H1"),
    ],
)
def test_l23_a_number_that_cannot_be_is_refused(work, name, part, ref):
    with pytest.raises(Exception, match=r"not as expected|不符合要求"):
        enter(work, name, part, ref=ref)


@pytest.fixture(scope="module")
def lincang(tmp_path_factory, sqlite_template):
    """Open an installation of 临沧 whose officer has answered the open figures."""
    folder = tmp_path_factory.mktemp("lincang")
    overlay = folder / "overlay.toml"
    lines = ['region = "lincang"', 'title = "试"', 'label = "试"']
    for name, value in SHARES.items():
        lines += ["[[parameters]]", f'name = "{name}"', f'value = "{value}"']
        lines += ['source = "县医保局复函"', "from = 2024-01-01"]
    overlay.write_text("\n".join(lines), "utf-8")
    opened = open_platform(
        f"sqlite:///{folder}/yaoda.db",
        folder,
        region="lincang",
        overlay=overlay,
        clock_start=AFTER.replace(year=2026),
    )
    engine = opened.app.extensions["engine"]
    with opened.app.app_context(), db.open_session(engine) as session:
        word = accounts.hashed(PASSWORD)
        names = (("wang", "bureau"), ("wei", "health"))
        accounts.add_accounts(
            session,
            [
                accounts.NewAccount(name, name, (role,), "530902", word)
                for name, role in names
            ],
        )
    yield opened
    engine.dispose()


def test_l23_from_the_figures_to_the_workbook_on_pages_and_over_the_interface(lincang):
    officer, page = lincang.program("wang"), lincang.person("wang")
    act = {"kind": "joined", "on": "2025-01-01", "document": "文1"}
    for code, name, level, above in TREE:
        body = {**act, "code": code, "name": name, "level": level, "above": above}
        assert officer.ask("POST", f"/groups/{GROUP}/acts", body).status_code == 201
    here, pages = f"/groups/{GROUP}/years/2025", f"/bureau/groups/{GROUP}/years/2025"
    told = officer.get(f"{here}/tilt")
    assert told["is_asked"] and len(told["lacking"]) == 24
    assert "还不能计算" in page.get(f"{pages}/tilt").text
    assert page.get(f"{pages}/tilt.xlsx").status_code == 409
    health = lincang.program("wei")
    for no, code in enumerate(CODES):
        for name, part in (
            ("surplus_part", 100_000),
            ("contract_fee_insurance", 30_000),
            ("contract_fee_health", 20_000),
            ("managed_well", 1),
            ("health_up", int(no != 1)),
        ):
            body = {"name": name, "part": part, "ref": code, "document": "核定表"}
            assert officer.ask("POST", f"{here}/figures", body).status_code == 201
        body = {"code": code, "row": "8.2", "part": 90, "of": 100, "document": "考核"}
        assert health.ask("POST", f"{here}/indicators", body).status_code == 201
    members = officer.get(f"{here}/tilt")["members"]
    assert [one["moved_fen"] for one in members].count(-10_000) == 1
    assert sum(one["due_fen"] for one in members) == 400_000
    shown = page.get(f"{pages}/tilt").text
    assert "适当倾斜" in shown and "-100.00" in shown and "80%" in shown
    rows = list(rows_of(page.get(f"{pages}/tilt.xlsx").data))
    assert rows[1][1][0] == "机构" and len(rows) == 6
    stranger = {"name": "surplus_part", "part": 1, "ref": "H0", "document": "x"}
    assert officer.ask("POST", f"{here}/figures", stranger).status_code == 404
    sent = {"name": "health_up", "part": "3", "ref": CODES[0], "document": "x"}
    assert send(page, f"{pages}/figures", **sent).status_code == 422
    assert health.ask("GET", f"{here}/tilt").status_code == 403
