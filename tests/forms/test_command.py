"""`yaoda forms book`: a bureau's own book becomes its form."""

from io import BytesIO
from zipfile import ZipFile

import pytest

from dispensing.claim_book import opened
from tests.forms.drawn import line
from web import cli

SINCE = ("--since", "2025-01-01")


@pytest.fixture
def book(tmp_path):
    path = tmp_path / "book.parquet"
    with opened.shop() as shop:
        opened.lay_down(shop, [line(), line(claim="c2", person="p2")])
        shop.execute(f"copy (select * exclude (reversed) from lines) to '{path}'")
    return path


def run(*words):
    return cli.answer(lambda: cli.app([*map(str, words)], standalone_mode=False))


def test_the_command_fills_a_form_in_from_a_book(book, tmp_path, capsys):
    """T22, L27 from a bureau's own file; what no source gives is told as open."""
    out, paper = tmp_path / "form.xlsx", tmp_path / "form.pdf"
    files = ("--xlsx", out, "--pdf", paper, "--name", "龙湾区")
    assert run("forms", "book", book, "2025-08", *SINCE, *files) == 0
    told = capsys.readouterr().out
    assert "2 people, 2 visits, cost 20.00, in scope 18.00, fund 10.80" in told
    assert "! managed-unknown" in told
    with ZipFile(BytesIO(out.read_bytes())) as parts:
        assert "龙湾区" in parts.read("xl/sharedStrings.xml").decode()
    assert paper.read_bytes().startswith(b"%PDF")
    assert run("forms", "book", book, "2025-08", *SINCE, "--kind", "apart") == 0
    assert "门诊慢性病、特殊病" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("2025-13",), "2025-13"),
        (("2099-01",), "has begun"),
        (("2025-08", "--kind", "annual"), "expected monthly or apart"),
        (("2025-08", "--xlsx", "nowhere/x.xlsx"), "no such folder"),
    ],
)
def test_what_the_command_cannot_do_it_refuses_in_one_line(book, words, told, capsys):
    assert run("forms", "book", book, *words, *SINCE) == 2
    err = capsys.readouterr().err
    assert told in err and err.count("\n") == 1
