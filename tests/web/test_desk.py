"""The bureau's desk: what is due, late and changed, for each role its own."""

import ast
import re
from pathlib import Path

import pytest

from tests.platform import send
from web import accounts, db, desk, matrix
from web.desk.tile import KINDS, Entry
from web.words import english

DAY = "2025-09-15"
HAN = re.compile("[\u4e00-\u9fff]")
FOLDER = Path(desk.__file__).parent


def test_the_desk_tells_what_is_late_with_where_it_is_done(platform):
    page = platform.person("bureau").get("/bureau/desk").text
    told = platform.program("bureau").get("/desk")
    (quota,) = [tile for tile in told if tile["name"] == "quota"]
    (entry,) = quota["entries"]
    assert (entry["kind"], entry["address"]) == ("late", "/bureau")
    assert entry["values"]["n"] > 300
    assert f"还差 {entry['values']['n']} 家" in page


def test_each_role_has_tiles_of_its_own(platform):
    seen = {
        who: {tile["name"] for tile in platform.program(who).get("/desk")}
        for who in ("bureau", "health")
    }
    assert "quota" in seen["bureau"] - seen["health"]
    for who in ("counter", "alice", "dispatcher"):
        assert platform.program(who).ask("GET", "/desk").status_code == 403
        assert platform.person(who).get("/bureau/desk").status_code == 403


def test_a_health_officer_begins_at_the_desk_and_sees_no_money(platform):
    """W26: insurance leads, health has its own part."""
    health = platform.person("health")
    home = health.get("/", follow_redirects=True)
    assert home.status_code == 200 and "工作台" in home.text
    assert health.get("/bureau/stock").status_code == 200
    for path in ("/bureau", "/bureau/reconciliation", "/openings", "/bureau/audit"):
        assert health.get(path).status_code == 403, path
    for action in matrix.ACTIONS.values():
        if "health" in action.grants:
            section = action.name.partition(".")[0]
            assert section not in {"settlement", "receipt", "till", "reconciliation"}


def test_a_health_commission_keeps_its_own_officers_alone(platform):
    engine = platform.app.extensions["engine"]
    with platform.app.app_context(), db.open_session(engine) as session:
        new = [
            accounts.NewAccount("nurse", "王护", ("health",), "330302", "x"),
            accounts.NewAccount("officer", "李经", ("bureau",), "330300", "x"),
        ]
        accounts.add_accounts(session, new)
    health = platform.person("health")
    page = health.get("/staff").text
    assert "nurse" in page and "officer" not in page
    assert "health" in send(health, "/staff", role="health", name="赵卫").text
    assert send(health, "/staff", role="bureau", name="某人").status_code == 403
    assert send(health, "/staff/sessions", username="officer").status_code == 404


def test_a_tile_names_roles_and_kinds_that_there_are(platform):
    names = [tile.name for tile in desk.TILES]
    assert len(set(names)) == len(names)
    for tile in desk.TILES:
        assert set(tile.roles) <= set(matrix.roles_for("desk.read"))
    with pytest.raises(KeyError):
        KINDS["soon"]
    assert Entry("due", "工作台", "/").values == {}


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda p: p.stem)
def test_every_sentence_of_a_tile_has_its_english(path):
    tree = ast.parse(path.read_text("utf-8"))
    docs = {
        ast.get_docstring(one, clean=False)
        for one in ast.walk(tree)
        if isinstance(one, ast.Module | ast.ClassDef | ast.FunctionDef)
    }
    said = {
        one.value
        for one in ast.walk(tree)
        if isinstance(one, ast.Constant) and isinstance(one.value, str)
    }
    assert {words for words in said - docs if HAN.search(words)} <= english().keys()


def test_the_menu_marks_the_section_that_a_page_belongs_to(platform):
    bureau = platform.person("bureau")
    for path, section in (
        ("/bureau/forms/2025-08", "/bureau/forms"),
        ("/bureau/desk/tasks", "/bureau/desk"),
    ):
        page = bureau.get(path).text
        assert f'<a href="{section}" aria-current="true"' in page
        assert f'<a href="{section}" aria-current="page"' in bureau.get(section).text
        assert '<a href="/bureau" aria-current' not in page
