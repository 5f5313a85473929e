"""Routes seen on the way are recombined, and whoever wants the plan at once gets it."""

import threading

from ortools.sat.python import cp_model

from routing.solve import recombining, solve
from routing.solve.board import Board
from routing.solve.recombining import Pool
from routing.timing import stops_of
from tests.routing.cities import random_city

LONG_S = 600.0


def pool_of_single_parcels(parcels: int) -> tuple[Board, Pool]:
    """Give a board without orders, and a pool of each parcel with each courier alone."""
    problem = random_city(parcels, 1)
    pool = Pool(problem)
    for courier in problem.couriers:
        for parcel in problem.parcels:
            numbers = range(len(stops_of(problem, parcel)))
            pool.add(courier.id, [parcel.id for _ in numbers], list(numbers))
    return Board(problem), pool


def test_the_cheapest_choice_of_routes_is_taken():
    board, pool = pool_of_single_parcels(20)
    assert pool.recombine(board, LONG_S)
    assert len(board.orders) == len(board.couriers)


def test_who_has_stopped_already_is_not_kept():
    board, pool = pool_of_single_parcels(20)
    pool.stopped = lambda: True
    assert not pool.recombine(board, LONG_S)
    assert board.orders == {}


class Endless(cp_model.CpSolver):
    """Searches until it is told to stop."""

    def __init__(self) -> None:
        super().__init__()
        self.told = threading.Event()

    def solve(self, *_):
        assert self.told.wait(LONG_S)
        return cp_model.UNKNOWN

    def stop_search(self):
        self.told.set()


def test_a_choice_that_takes_long_is_stopped_at_once(monkeypatch):
    board, pool = pool_of_single_parcels(20)
    asked = iter([False, False, True])
    pool.stopped = lambda: next(asked, True)
    monkeypatch.setattr(recombining.cp_model, "CpSolver", Endless)
    assert not pool.recombine(board, LONG_S)
    assert board.orders == {}


def test_a_search_tells_the_pool_who_may_stop_it(monkeypatch):
    asked = []
    monkeypatch.setattr(
        Pool, "recombine", lambda pool, *_: asked.append(pool.stopped())
    )
    solve(random_city(5, 1), seed=1, seconds_max=5, cancelled=lambda: False)
    assert asked == [False]
