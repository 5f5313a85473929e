"""Loaded once by the process that worker processes are made from, so that they start at once."""

from routing.solve import crew, improvers

__all__ = ["crew"]

improvers.warm()
