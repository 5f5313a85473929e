"""`yaoda promises check`: what is kept of who broke promises, held against the rule."""

from sqlmodel import update

from dispensing.tables import OrderRow
from tests.platform import on_the_road
from web import cli, db


def test_what_is_kept_otherwise_is_told_and_mended(platform, monkeypatch, capsys):
    parts = platform.app.extensions
    monkeypatch.setenv("YAODA_VAR_DIR", str(parts["settings"].var_dir))
    monkeypatch.setenv("YAODA_DATABASE_URL", parts["settings"].database_url)
    _, order, rider = on_the_road(platform)
    rider.post(f"/orders/{order}/failure", {"reason": "refused", "outcome": "return"})

    def told(*words):
        code = cli.answer(
            lambda: cli.app(["promises", "check", *words], standalone_mode=False)
        )
        return code, capsys.readouterr().out.splitlines()

    assert told() == (0, ["1 ended orders, 0 differences"])
    with db.open_session(parts["engine"]) as session:
        session.exec(update(OrderRow).values(broken_by="road", broken_why="road"))
        session.commit()
    wrong = f"{order}: road road is kept, patient refused is told"
    assert told() == (1, [wrong, "1 ended orders, 1 differences"])
    assert told("--mend") == (0, [wrong, "1 ended orders, 1 differences, mended"])
    assert told() == (0, ["1 ended orders, 0 differences"])
