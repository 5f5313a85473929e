"""The interface for programs: one file per face, each view validates and asks one service."""

from web import strict

# The views below bind their models when they are read, so this comes first.
strict.install()
