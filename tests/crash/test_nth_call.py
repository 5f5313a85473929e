"""Cut off at the n-th call of the database, for every n: all or nothing, and it can be finished.

The calls are counted at the drivers, so whatever makes them is cut off.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from dispensing.gateway.sandbox import SandboxGateway
from tests import calls, world
from tests.calls import Cut, Killed
from tests.crash import scenes
from tests.crash.scenes import ACTS, Act, Scene
from tests.dispensing import attacks
from tests.world import NOON
from web import db

SURVIVED = 7


def open_scene(engine: Engine, folder: Path) -> Scene:
    return Scene(engine, attacks.open_street(engine, folder), folder)


def failed_at(scene: Scene, act: Act, subject: UUID, cut: Cut) -> bool:
    """Do an act whose n-th call fails; tells whether it came that far."""
    with scene.cut_at(cut):
        try:
            scene.work(lambda session: act.do(session, scene, subject, NOON))
        except (OperationalError, Killed):
            assert cut.reached
    return cut.reached


def killed_at(scene: Scene, act: Act, subject: UUID, cut: Cut) -> bool:
    """Do an act in a process that gets kill -9 at its n-th call."""
    scene.engine.dispose()  # a connection of SQLite must not live in two processes

    def live_and_die() -> None:
        url = scene.engine.url.render_as_string(hide_password=False)
        engine = db.open_engine(url)
        desk = world.open_desk(SandboxGateway(scene.folder / "platform.db"))
        child = Scene(engine, desk, scene.folder, scene.number)
        with calls.hooked(engine, cut):
            child.work(lambda session: act.do(session, child, subject, NOON))
        os._exit(SURVIVED)

    child = get_context("fork").Process(target=live_and_die)
    child.start()
    child.join(60)
    assert child.exitcode in {SURVIVED, -9}, child.exitcode
    return child.exitcode != SURVIVED


@dataclass(frozen=True)
class Way:
    """How an act is cut off: at each call, or at each so many, or after each commit."""

    run: Callable[[Scene, Act, UUID, Cut], bool]
    end: Callable[[Any], None]
    after_commit: bool = False
    step: int = 1


WAYS = {
    "error": Way(failed_at, calls.lose_line),
    "error after commit": Way(failed_at, calls.lose_line, after_commit=True),
    "killed": Way(failed_at, calls.die),
    # Dear, so not at each call: what a process leaves that can clean nothing up.
    "kill -9": Way(killed_at, calls.die_at_once, step=6),
    "kill -9 after commit": Way(killed_at, calls.die_at_once, after_commit=True),
}


def cut_off_everywhere(scene: Scene, act: Act, way: Way) -> int:
    """Cut an act off at its first call, at its second, and so on; gives how many it needs."""
    subject = act.subject(scene)
    for left in count(step=way.step * act.step):
        reached = way.run(scene, act, subject, Cut(left, way.end, way.after_commit))
        scenes.check(scene)
        began = act.done(scene, subject) or attacks.is_open(scene.engine)
        if began or not reached:
            scenes.finish(scene, act, subject)
            subject = act.subject(scene)
        if not reached:
            return left
    raise AssertionError


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ACTS)
def test_nth_call_cut_off_leaves_all_or_nothing(engine, tmp_path, name, way):
    scene, act = open_scene(engine, tmp_path), ACTS[name]
    with calls.hooked(engine, scene.hook):
        needed = cut_off_everywhere(scene, act, WAYS[way])
    assert needed >= (1 if WAYS[way].after_commit else act.calls_min), needed
