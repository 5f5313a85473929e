"""The comparison of solvers: what a run is worth, how runs are told, how a run is ended."""

import json
import time

import pytest

from fixtures.city.plain import plain_day
from routing.problem import Kind
from tests.routing.formats.files import TEXTS
from web import cli
from web.bench_routing import DAY_SEED, child, lines, running, table
from web.bench_routing.case import Case, load
from web.bench_routing.works import COMMITTED, Work, best_known, jobs

UP, DOWN = Kind.PICKUP, Kind.DROPOFF
FILE = {"file": str(COMMITTED / "li-lim" / "lr101.txt"), "format": "li-lim"}


def result(solver="ours", **given):
    usual = {
        "name": "one",
        "solver": solver,
        "seed": 1,
        "vehicles": 10,
        "distance": 100.0,
        "unserved": 0,
        "faults": [],
        "fault_count": 0,
        "wall_s": 3.0,
        "peak_mb": 50,
        "better": [],
        "stops": 500,
    }
    return usual | given


@pytest.fixture(scope="module")
def day():
    return Case("day", plain_day(10), None)


def test_the_gap_weighs_vehicles_and_distance_alike():
    assert table.gap(result(vehicles=11, distance=110.0), (10, 100.0)) == pytest.approx(
        10
    )
    assert table.gap(result(vehicles=10, distance=90.0), (10, 100.0)) == pytest.approx(
        -5
    )


def test_files_are_told_with_the_median_gap_of_each_solver():
    runs = [
        result(seed=1),
        result(seed=2, distance=120.0),
        result(seed=3, distance=110.0),
        result("vroom", vehicles=12),
        result("pyvrp", unserved=2),
        result("usual", fault_count=1, faults=["too full"]),
        {"name": "one", "solver": "pieces", "said": "missing: pip install x"},
    ]
    said = list(lines(Work.SMALL, runs, {"one": (10, 100.0)}))
    assert said[0] == (
        "one (best 10/100): ours 10/100 (+5.0 %), vroom 12/100 (+10.0 %),"
        " pyvrp 1 of 1 runs: 2 unserved, usual 1 of 1 runs: 1 rules broken (too full),"
        " pieces 1 of 1 runs: missing: pip install x"
    )
    assert "median balanced gap, ours: 5.0 % over 1 files" in said
    assert (
        "median balanced gap, pyvrp: nothing over 0 files, 1 runs without a full answer"
        in said
    )


def test_without_a_best_known_answer_the_best_of_the_run_counts():
    runs = [result(vehicles=9, distance=120.0), result("vroom", vehicles=10)]
    assert table.best_of(runs, None) == (9, 120.0)
    assert table.best_of([result(unserved=1)], None) is None
    assert "best unknown" in next(iter(lines(Work.SMALL, [result(unserved=1)], {})))


def test_days_are_told_with_ours_against_each():
    runs = [
        result(distance=1000, first_full_s=2.0),
        result("pyvrp", distance=2000),
        result("pyvrp", distance=4000, unserved=3),
        {
            "name": "one",
            "solver": "vroom",
            "said": "nothing: killed long after its time",
        },
    ]
    said = list(lines(Work.CITY, runs, {}))
    assert said == [
        "one, ours: 1.0k s, wall 3 s, 50 MB, first full plan after 2.0 s",
        "one, pyvrp: 2.0k s, wall 3 s, 50 MB; 1 of 2 runs: 3 unserved",
        "one, vroom: 1 of 1 runs: nothing: killed long after its time",
        "one: ours / pyvrp 0.500",
    ]


def test_growth_is_told_beside_n_log_n():
    runs = [
        result(name="a", stops=500, better=[(1, 200, 3), (2, 104, 0), (9, 100, 0)]),
        result(name="b", stops=1000, better=[(5, 105, 0), (9, 100, 0)]),
    ]
    said = list(lines(Work.GROWTH, runs, {}))
    assert said[0].startswith("500 stops: within 5% of the final cost after 2.0 s, 1.0")
    assert said[1].endswith("after 5.0 s, 2.5 times the first, n·log n 2.2 times")


def test_a_good_tour_of_a_day_has_no_fault(day):
    judged = day.judge({0: [(0, UP), (0, DOWN)]})
    assert judged.faults == () and judged.vehicles == 1
    assert judged.unserved == 8 and judged.distance > 0


@pytest.mark.parametrize(
    ("tours", "said"),
    [
        ({0: [(0, UP), (0, DOWN)], 1: [(0, UP), (0, DOWN)]}, "twice"),
        ({0: [(0, DOWN), (0, UP)]}, "out of turn"),
        ({0: [(0, UP)]}, "never dropped"),
        ({0: [(at, kind) for at in range(5) for kind in (UP, DOWN)] * 60}, "closes at"),
    ],
)
def test_a_broken_tour_of_a_day_is_found_out(day, tours, said):
    assert any(said in fault for fault in day.judge(tours).faults)


def test_a_courier_with_too_many_parcels_is_found_out():
    many = Case("many", plain_day(60), None)
    faults = many.judge({0: [(at, UP) for at in range(26)]}).faults
    assert "courier-000: too full after order-0025" in faults


def test_files_are_judged_by_the_file():
    case = load(FILE)
    judged = case.judge({0: [(0, UP), (0, DOWN)]})
    assert judged.vehicles == 1 and judged.faults == ()
    assert judged.unserved == len(case.instance.nodes) - 3
    assert case.judge({0: [(0, DOWN), (0, UP)]}).faults


def test_the_committed_files_are_work_with_best_known_answers():
    small = list(jobs(Work.SMALL, None, ()))
    assert len(small) >= 8 and {job.name for job in small} <= set(best_known(None))
    assert [job.name for job in jobs(Work.SMALL, None, ["LR10"])] == ["lr101", "lr104"]
    assert [job.name for job in jobs(Work.CITY, None, ["city-500"])] == ["city-500"]
    assert not list(jobs(Work.THOUSAND, None, ()))
    assert [job.seconds for job in jobs(Work.CITY, None, ())] == [10, 15, 20, 45, 60]


def test_a_run_that_does_not_end_is_ended(monkeypatch):
    monkeypatch.setattr(running, "GRACE_S", 0.0)
    spec = {"solver": "usual", **FILE, "seconds": 1, "seed": 1, "workers": 1}
    begun = time.monotonic()
    # Three seconds are hardly enough to load; whatever is said, it is over soon.
    found = running.run({**spec, "seconds": 0.2})
    assert time.monotonic() - begun < 30
    assert found["said"].startswith("nothing: killed") or found["vehicles"] > 0


def test_a_run_that_breaks_says_so():
    spec = {"solver": "usual", "stops": 7, "day_seed": DAY_SEED, "seconds": 1}
    found = running.run({**spec, "seed": 1, "workers": 1})
    assert "expected an even number" in found["said"]
    assert json.dumps(found)


def test_a_run_tells_its_answer_and_its_memory():
    spec = {"solver": "ours", "stops": 20, "day_seed": DAY_SEED, "seconds": 1}
    found = running.run({**spec, "seed": 1, "workers": 2})
    assert table.good(found), found
    assert found["peak_mb"] > 20


def test_the_bench_is_run_by_command_and_keeps_its_runs(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("YAODA_VAR_DIR", str(tmp_path))
    asked = []

    def run(spec):
        asked.append(spec)
        return {**spec, **result(spec["solver"], name=spec["name"])}

    monkeypatch.setattr(running, "run", run)
    words = "bench routing --work city --only city-500 --seeds 2 --seconds-scale 0.5"
    assert cli.answer(lambda: cli.app(words.split(), standalone_mode=False)) == 0
    assert {spec["seconds"] for spec in asked} == {5.0}
    assert [spec["day_seed"] for spec in asked if spec["solver"] == "ours"][:2] == [
        7,
        8,
    ]
    said = capsys.readouterr().out
    assert "city-500, ours: 0.1k s" in said and "city-500: ours / vroom 1.000" in said
    (kept,) = (tmp_path / "bench").glob("routing-city-*.json")
    assert len(json.loads(kept.read_text())) == len(asked)


def test_a_solver_that_is_none_is_refused(capsys):
    words = ["bench", "routing", "--solver", "magic"]
    assert cli.answer(lambda: cli.app(words, standalone_mode=False)) == 2
    assert "--solver magic: expected one of ours, vroom" in capsys.readouterr().err


def test_a_bench_without_a_case_says_so(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("YAODA_VAR_DIR", str(tmp_path))
    words = ["bench", "routing", "--work", "thousand"]
    assert cli.answer(lambda: cli.app(words, standalone_mode=False)) == 0
    assert "no case: give --instances" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("solver", "work"),
    [
        *((solver, work) for solver in ("usual", "vroom") for work in ("day", *TEXTS)),
        *(("pyvrp", work) for work in ("day", "li-lim", "sartori")),
    ],
)
def test_every_peer_answers(tmp_path, solver, work):
    path = tmp_path / "tiny.txt"
    path.write_text(TEXTS.get(work, ""))
    day = {"stops": 20, "day_seed": DAY_SEED}
    spec = day if work == "day" else {"file": str(path), "format": work}
    found = child.run({"solver": solver, **spec, "seconds": 1, "seed": 1, "workers": 1})
    assert table.good(found), found


def test_the_better_of_two_runs_of_pyvrp_counts(tmp_path):
    """Its usual bound of penalties lets one of them overload a vehicle for ever."""
    (tmp_path / "tiny.txt").write_text(TEXTS["solomon"])
    spec = {"file": str(tmp_path / "tiny.txt"), "format": "solomon", "seed": 1}
    found = running.run({"solver": "pyvrp", **spec, "seconds": 1, "workers": 2})
    assert table.good(found), found


def test_a_peer_that_is_not_installed_is_said_aloud():
    spec = {"solver": "nobody", "stops": 20, "day_seed": DAY_SEED, "seconds": 1}
    found = child.run({**spec, "seed": 1, "workers": 1})
    assert found == {"said": "missing: pip install 'yaoda[peers]'"}
