"""The network's commands: who closes the gaps, what lacks, and files of papers."""

import pytest

from tests.pharmacies.network import AMLODIPINE, COLD_FIRM, PHARMACY
from web import cli, db


@pytest.fixture(autouse=True)
def own_home(tmp_path, sqlite_url, monkeypatch):
    from pharmacies import service

    monkeypatch.setenv("YAODA_VAR_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("YAODA_DATABASE_URL", sqlite_url)
    engine = db.open_engine(sqlite_url)
    with db.open_session(engine) as session:
        service.add_outlets(session, [PHARMACY])
        service.add_medicines(session, [AMLODIPINE])
        service.add_carriers(session, [COLD_FIRM])
    engine.dispose()


def run(*words: object) -> int:
    said = [str(word) for word in words]
    return cli.answer(lambda: cli.app(said, standalone_mode=False))


def test_a_gap_that_one_candidate_cannot_close_is_told(capsys):
    assert (
        run("network", "close", "--unit", "鹿城区", "--km", "1", "--day", "2025-09-15")
        == 1
    )
    said = capsys.readouterr().out
    assert f"鹿城区 {PHARMACY.code} {PHARMACY.name}: serves 0, adds 0" in said
    assert "鹿城区: lacked 48, chosen 1, LACKS 47 for want of candidates" in said
    assert "the optimum is proven; ways: geodesic" in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--km", "1", "--unit", "月球"), "No quota unit 月球"),
        (("--km", "1", "--minutes", "5"), "one of them"),
        ((), "one of them"),
        (("--km", "1", "--weight", "月球=2"), "--weight: disease or district"),
        (("--km", "0"), "expected 1 to"),
        (("--km", "nan"), "--km"),
        (("--km", "1", "--drugs", "none"), "expected one of in_stock"),
        (("--km", "1", "--day", "soon"), "soon"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_one_line(capsys, words, said):
    assert run("network", "close", *words) == 2
    told = capsys.readouterr().err
    assert said in told and told.count("\n") == 1


def test_papers_are_entered_and_their_end_is_told(capsys, tmp_path):
    path = tmp_path / "papers.csv"
    row = f"{COLD_FIRM.code},cold_chain,冷1,2025-01-01,2025-09-30\n"
    path.write_text("holder,kind,number,begins,ends\n" + row, "utf-8")
    assert run("network", "import", "papers", path, "--dry-run") == 0
    assert capsys.readouterr().out == "1 new, 0 same, 0 refused; nothing written\n"
    assert run("network", "import", "papers", path) == 0
    capsys.readouterr()
    assert run("network", "gaps", "--day", "2025-09-15", "--within", "30") == 1
    said = capsys.readouterr().out
    assert f"ends 2025-09-30: {COLD_FIRM.code} cold_chain 冷1" in said
    assert "W19 no_carrier: 龙港市" in said
    assert run("network", "gaps", "--day", "2025-10-01") == 1
    assert "W18 cold_chain_ended" in capsys.readouterr().out


def test_a_bad_row_is_told_with_its_line(capsys, tmp_path):
    path = tmp_path / "lists.csv"
    path.write_text("chain,published_on,medicine\n没有,2025-01-01,X\n", "utf-8")
    assert run("network", "import", "lists", path) == 1
    assert "line 2: no such chain" in capsys.readouterr().out


@pytest.mark.parametrize("kind", ["papers", "prices"])
def test_a_file_of_another_kind_is_refused(capsys, tmp_path, kind):
    path = tmp_path / "a.csv"
    path.write_text("a,b\n", "utf-8")
    assert run("network", "import", kind, path) == 2
    assert "xpected" in capsys.readouterr().err
