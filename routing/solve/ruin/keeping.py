"""Tells numba where compiled code is kept, before anything is compiled."""

from numba import config

from routing.solve.kept import folder

config.CACHE_DIR = str(folder())  # type: ignore[attr-defined]
