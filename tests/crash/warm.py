"""Imported once by the process that workers are forked from, so that each starts at once."""

from pathlib import Path
from tempfile import TemporaryDirectory

from tests.crash import town, worker
from web import create_app, db, migrating, sweeping

with TemporaryDirectory() as _folder:
    town.write_overlay(Path(_folder))
    _engine = db.open_engine(f"sqlite:///{_folder}/warm.db")
    migrating.create(_engine)
    sweeping.sweep(create_app(town.settings_for("sqlite://", Path(_folder)), _engine))
    _engine.dispose()

serve = worker.serve
