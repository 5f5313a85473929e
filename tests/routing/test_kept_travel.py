"""Matrices that are kept in files: asked for once, bounded, whole, shared."""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import pytest

from pharmacies.places import Point
from routing.travel import GeodesicTravel, RoadsAway
from routing.travel.figures import read_figures
from routing.travel.keeping import KeptTravel

TOWN = [Point(120.65 + it / 100, 28.0) for it in range(20)]
BYTES = 2 * 4 * 20 * 20 + 128  # one file of 20 places, with its header


@dataclass
class Counted:
    """An engine that counts how often it is asked."""

    profile: str = "scooter"
    away: bool = False
    asked: list[int] = field(default_factory=list)

    def matrices(self, points, *, at=None):
        self.asked.append(len(points))
        if self.away:
            raise RoadsAway("counted", "away")
        return GeodesicTravel().matrices(points)

    def told(self, at=None):
        return f"{self.profile} {at}"


def files(folder):
    return sorted(folder.iterdir()) if folder.exists() else []


def test_the_same_points_are_asked_for_once(tmp_path):
    engine = Counted()
    kept = KeptTravel(engine, tmp_path / "ways")
    first, again = kept.matrices(TOWN), kept.matrices(TOWN)
    assert engine.asked == [20]
    assert [(a == b).all() for a, b in zip(first, again, strict=True)] == [True] * 2
    assert not again.travel_s.flags.writeable
    assert oct((tmp_path / "ways").stat().st_mode)[-3:] == "700"


def test_other_points_profiles_and_hours_are_other_ways(tmp_path):
    engine = Counted()
    kept = KeptTravel(engine, tmp_path)
    kept.matrices(TOWN)
    kept.matrices(TOWN[::-1])
    kept.matrices(TOWN, at="Monday 9 h")
    KeptTravel(Counted("car"), tmp_path).matrices(TOWN)
    assert len(engine.asked) == 3
    assert len(files(tmp_path)) == 4


@pytest.mark.parametrize("damage", [b"", b"\x93NUMPY", b"x" * 4000])
def test_a_damaged_file_is_asked_for_anew(tmp_path, damage):
    engine = Counted()
    kept = KeptTravel(engine, tmp_path)
    whole = kept.matrices(TOWN)
    (path,) = files(tmp_path)
    path.write_bytes(damage or path.read_bytes()[:-1])
    assert (kept.matrices(TOWN).travel_s == whole.travel_s).all()
    assert len(engine.asked) == 2
    assert (np.load(path)[0] == whole.travel_s).all()


def test_what_was_used_longest_ago_goes_first(tmp_path):
    engine = Counted()
    kept = KeptTravel(engine, tmp_path, bytes_max=2 * BYTES)
    for number, first in enumerate((0, 1)):
        kept.matrices([*TOWN[first:], *TOWN[:first]])
        for path in files(tmp_path):
            os.utime(path, (number, number)) if path.stat().st_mtime > 100 else None
    kept.matrices(TOWN)  # used again
    kept.matrices(TOWN[::-1])
    assert len(files(tmp_path)) == 2
    kept.matrices(TOWN)
    assert len(engine.asked) == 3
    huge = KeptTravel(engine, tmp_path / "none", bytes_max=100)
    huge.matrices(TOWN)
    assert files(tmp_path / "none") == []


def test_many_writers_leave_whole_files_alone(tmp_path):
    engine = Counted()
    kept = KeptTravel(engine, tmp_path, bytes_max=3 * BYTES)
    asked = [[*TOWN[it:], *TOWN[:it]] for it in range(6)] * 5
    with ThreadPoolExecutor(4) as pool:
        for points, ways in zip(asked, pool.map(kept.matrices, asked), strict=True):
            assert (ways.travel_s == GeodesicTravel().matrices(points).travel_s).all()
    assert {it.suffix for it in files(tmp_path)} == {".npy"}
    assert len(files(tmp_path)) <= 4


def test_no_answer_is_not_kept_and_no_room_is_no_reason_to_fail(tmp_path):
    with pytest.raises(RoadsAway):
        KeptTravel(Counted(away=True), tmp_path / "ways").matrices(TOWN)
    assert files(tmp_path / "ways") == []
    (tmp_path / "file").write_text("no folder")
    ways = KeptTravel(Counted(), tmp_path / "file").matrices(TOWN)
    assert len(ways.travel_s) == 20


def test_an_operators_figures_come_with_their_source(tmp_path):
    path = tmp_path / "figures.toml"
    path.write_text('[detour]\nfactor = 1.5\nshort_m = 0\nsource = "measured in May"\n')
    roads = read_figures(path)
    assert (roads.detour.factor, roads.speeds.kmh) == (1.5, 22)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("[detour]\nfactor = 1.5\n", "source"),
        ('[detour]\nfactor = "1"\nsource = "s"\n', "figures.toml"),
        ('[detour]\nfactor = 0.5\nsource = "s"\n', "detour factor"),
        ('[speeds]\nby_hour = [1, 2]\nsource = "s"\n', "24 speeds"),
        ('[speeds]\nmph = 2\nsource = "s"\n', "mph"),
        ("[towns]\n", "towns"),
        ("detour = 3\n", "figures.toml"),
        ("not TOML", "figures.toml"),
    ],
)
def test_figures_that_cannot_be_are_refused(tmp_path, text, word):
    path = tmp_path / "figures.toml"
    path.write_text(text)
    with pytest.raises(ValueError, match=word):
        read_figures(path)
