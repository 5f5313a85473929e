"""Loaded once by the process that worker processes are made from, so that they start at once."""

import os

from routing.solve import crew, improvers

__all__ = ["crew"]


def _hang_up() -> None:
    """Let go of whoever reads what the program says: compiling may outlast the program."""
    with open(os.devnull, "w") as nobody:
        for said in (1, 2):
            os.dup2(nobody.fileno(), said)


if __name__ != "__main__" and not improvers.at_once():
    _hang_up()
improvers.warm()
