"""The planner's worker processes: watched, stopped at once, and never left behind."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from routing.solve import solve
from routing.solve.crew import Crew
from routing.solve.cutting import cut
from routing.solve.jobs import Job
from routing.solve.recipes import Recipe
from routing.timing import stops_of
from routing.verify import verify
from tests.routing.cities import random_city

SOON_S = 120
PLANNER = """
import sys
from routing.solve import solve
from tests.routing.cities import random_city
print("planning", flush=True)
solve(random_city(60, 1), seed=1, seconds_max=60, on_better=lambda _: print("better", flush=True))
"""


def job(number: int = 1, seconds: float = 600) -> Job:
    problem = random_city(60, 1)
    piece = cut(problem, problem.couriers, problem.parcels)
    recipe = Recipe(time.monotonic() + seconds, seed=1, hot=0.4, cold=0.004)
    return Job(number, piece, {}, recipe)


def heard(crew: Crew) -> list[int]:
    until_s = time.monotonic() + SOON_S
    while not crew.idle and time.monotonic() < until_s:
        time.sleep(0.01)
    crew.give(job())
    while time.monotonic() < until_s:
        found = [each.number for each in crew.heard(0.1)]
        if found or crew.lost:
            return found
    return []


def test_workers_tell_what_they_find_while_they_search():
    with Crew(1) as crew:
        assert heard(crew) == [1]
        assert crew.busy == {1}


def test_workers_end_with_the_block_in_the_middle_of_a_job():
    with Crew(2) as crew:
        heard(crew)
        hands = list(crew._hands.values())
    assert hands
    assert not any(hand.is_alive() for hand in hands)


def test_a_worker_that_dies_loses_its_job_and_nothing_else():
    with Crew(1) as crew:
        heard(crew)
        (hand,) = crew._hands.values()
        assert hand.pid is not None
        os.kill(hand.pid, signal.SIGKILL)
        until_s = time.monotonic() + SOON_S
        while not crew.lost and time.monotonic() < until_s:
            list(crew.heard(0.1))
        assert crew.lost
        assert crew.busy == frozenset()


def test_a_plan_is_cancelled_at_once_and_the_best_is_kept():
    problem = random_city(60, 2)
    better = threading.Event()
    began_s = time.monotonic()
    plan = solve(
        problem,
        seed=1,
        seconds_max=120,
        on_better=lambda _: better.set(),
        cancelled=better.is_set,
    )
    assert time.monotonic() - began_s < 60
    assert plan.served > 0
    assert verify(problem, plan) == ()


def test_every_plan_on_the_way_passes_the_checker():
    problem = random_city(60, 3)
    told = []
    last = solve(problem, seed=1, seconds_max=6, on_better=told.append)
    assert told
    assert all(verify(problem, plan) == () for plan in [*told, last])
    prices = [plan.cost_fen for plan in [*told, last]]
    assert prices == sorted(prices, reverse=True)


def test_it_goes_on_from_orders_that_stand():
    problem = random_city(30, 4)
    first = solve(problem, seed=1, seconds_max=5)
    stops = {
        (stop.parcel.id, stop.kind): stop
        for parcel in problem.parcels
        for stop in stops_of(problem, parcel)
    }
    start = {
        route.courier_id: [
            stops[visit.parcel_id, visit.kind]
            for visit in route.visits
            if visit.parcel_id is not None
        ]
        for route in first.routes
    }
    again = solve(problem, seed=2, seconds_max=0.05, start=start)
    assert again.cost_fen <= first.cost_fen
    assert verify(problem, again) == ()


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_no_worker_is_left_behind_when_the_planner_is_killed(ending):
    root = Path(__file__).parents[2]
    planner = subprocess.Popen(
        [sys.executable, "-c", PLANNER],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    assert planner.stdout is not None
    assert planner.stdout.readline() == "planning\n"
    assert planner.stdout.readline() == "better\n"
    planner.send_signal(ending)
    planner.wait(SOON_S)
    planner.stdout.close()
    until_s = time.monotonic() + SOON_S
    while group_lives(planner.pid) and time.monotonic() < until_s:
        time.sleep(0.05)
    assert not group_lives(planner.pid)


def group_lives(group: int) -> bool:
    """Tell whether a process of a session is left that is more than a corpse."""
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == group and fields[0] not in "ZX":
            return True
    return False


def test_who_reads_an_answer_does_not_wait_for_what_is_still_compiled():
    compiling = (
        "import time\n"
        "from routing.solve import improvers\n"
        "improvers.at_once, improvers.warm = lambda: False, lambda: time.sleep(600)\n"
        "import routing.solve.preloaded"
    )
    program = subprocess.Popen(
        [sys.executable, "-c", compiling],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        assert program.stdout is not None
        assert program.stdout.read() == b""
        assert program.poll() is None
    finally:
        program.kill()
        program.communicate()
