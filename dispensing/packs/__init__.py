"""Packs held to what they promise: cited, covering every day, at one with each other."""

from dispensing.packs.report import Report, check
from dispensing.packs.shown import diff, show

__all__ = ["Report", "check", "diff", "show"]
