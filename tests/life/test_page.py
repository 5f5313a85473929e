"""The page on the life of a prescription has the table that the services ask."""

from pathlib import Path

from typer.testing import CliRunner

from dispensing.life import page
from web.cli import app

PAGE = Path(__file__).parent.parent.parent / "docs" / "life.md"


def test_the_page_ends_in_the_table_of_the_code():
    assert PAGE.read_text("utf-8").endswith(page.written())


def test_the_command_writes_the_same_table():
    told = CliRunner().invoke(app, ["life", "table"])
    assert (told.exit_code, told.stdout) == (0, page.written())
