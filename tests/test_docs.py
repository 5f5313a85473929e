"""What the documents say is so: links, words, commands, examples, versions."""

import doctest
import re
import shlex
import tomllib
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import typer

from dispensing import prescription
from dispensing.assess import DECISIONS
from dispensing.checks.finding import VERDICTS
from dispensing.conditions import CONDITIONS

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text("utf-8")
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
BLOCK = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
SHELLS = {"sh", "bash", "console", "shell"}


def short(path: Path) -> str:
    return str(path.relative_to(ROOT))


def blocks(path: Path, languages: set[str]) -> list[str]:
    found = BLOCK.findall(path.read_text("utf-8"))
    return [body for language, body in found if language in languages]


def anchors(path: Path) -> set[str]:
    """Give the addresses of a page's headings, as a forge makes them."""
    headings = re.findall(r"^#+ (.*)$", path.read_text("utf-8"), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.strip().replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("path", PAGES, ids=short)
def test_links_lead_somewhere(path):
    for link in filter(None, sum(LINK.findall(path.read_text("utf-8")), ())):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        assert target.exists(), link
        assert target.is_relative_to(ROOT), link
        assert not anchor or anchor in anchors(target), link


def listed(heading: str) -> dict[str, str]:
    """Give the slugs of one list of the glossary, each with its Chinese word."""
    part = re.search(rf"^#+ {heading} .*?(?=^#|\Z)", GLOSSARY, re.MULTILINE | re.DOTALL)
    assert part, heading
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \|", part.group(), re.MULTILINE)
    return {slug: word.strip() for slug, word in rows}


@pytest.mark.parametrize(
    ("heading", "slugs"),
    [
        ("Schemes", prescription.SCHEMES),
        ("Outlet kinds", prescription.OUTLET_KINDS),
        ("Levels", prescription.LEVELS),
        ("Vouchers", prescription.VOUCHERS),
        ("Sources", prescription.SOURCES),
        ("Line groups", prescription.GROUPS),
        ("States of a prescription", tuple(prescription.TRANSITIONS)),
        ("Verdicts", VERDICTS),
        ("Decisions", DECISIONS),
    ],
)
def test_the_glossary_lists_the_words_of_the_code(heading, slugs):
    assert tuple(listed(heading)) == tuple(slugs)


def test_the_glossary_lists_the_roles():
    assert tuple(listed("Roles")) == import_module("web.accounts").ROLES


def test_the_glossary_names_the_diseases_as_the_text_prints_them():
    assert listed("Diseases") == {slug: one.name for slug, one in CONDITIONS.items()}


def test_no_word_of_the_glossary_has_two_meanings():
    rows = re.findall(r"^\| ([^|`]+) \| ([a-z][^|]*) \|", GLOSSARY, re.MULTILINE)
    names = [name for chinese, name in rows if chinese != "中文"]
    assert len(rows) > 40
    assert len(names) == len(set(names))


@pytest.mark.parametrize("path", PAGES, ids=short)
def test_examples_give_what_they_show(path):
    """Run the Python of a page from top to bottom, in one set of names."""
    names: dict[str, Any] = {}
    parser, runner = doctest.DocTestParser(), doctest.DocTestRunner()
    for body in blocks(path, {"python", "pycon"}):
        if ">>>" not in body:
            exec(compile(body, short(path), "exec"), names)
            continue
        test = parser.get_doctest(body, names, short(path), None, None)
        said: list[str] = []
        result = runner.run(test, out=said.append, clear_globs=False)
        names = test.globs
        assert result.failed == 0, "".join(said)


def commands(path: Path) -> list[list[str]]:
    """Give the commands of a page's shell blocks, each as its words."""
    lines = "\n".join(blocks(path, SHELLS)).replace("\\\n", " ").splitlines()
    words = [shlex.split(line.removeprefix("$ "), comments=True) for line in lines]
    return [line for line in words if line]


def test_the_commands_of_the_documents_exist():
    usage = re.findall(
        r"^  \./run (\w+)", (ROOT / "run").read_text("utf-8"), re.MULTILINE
    )
    given = [line for path in PAGES for line in commands(path)]
    for line in (line for line in given if line[0].endswith("./run") and line[1:]):
        assert line[1] in usage, line
        if line[1] == "yaoda":
            assert_known(line[2:])
        elif line[1] in {"demo", "serve", "bench"}:
            assert_known(line[1:])
    for line in (line for line in given if line[0] in {"yaoda", ".venv/bin/yaoda"}):
        assert_known(line[1:])


def assert_known(words: list[str]) -> None:
    """Walk down the commands of the command line, then look at the options."""
    command = typer.main.get_command(import_module("web.cli").app)
    left = list(words)
    while hasattr(command, "commands") and left and not left[0].startswith("-"):
        assert left[0] in command.commands, words
        command = command.commands[left.pop(0)]
    known = {option for param in command.params for option in param.opts}
    known |= {option for param in command.params for option in param.secondary_opts}
    given = {word.partition("=")[0] for word in left if word.startswith("--")}
    assert given <= known | {"--help"}, words


def test_both_lists_of_requirements_follow_the_lock():
    lock = tomllib.loads((ROOT / "uv.lock").read_text("utf-8"))
    locked = {(one["name"], one["version"]) for one in lock["package"]}
    core, dev = pinned("requirements.txt"), pinned("requirements-dev.txt")
    assert core < dev == {one for one in locked if one[0] != "yaoda"}


def pinned(name: str) -> set[tuple[str, str]]:
    text = (ROOT / name).read_text("utf-8")
    assert "://" not in text, "a list of requirements names no registry"
    return set(re.findall(r"^([\w.-]+)==([\w.+]+)", text, re.MULTILINE))


def test_decisions_are_numbered_and_complete():
    found = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    assert [int(path.name[:4]) for path in found] == list(range(1, len(found) + 1))
    for path in found:
        parts = re.findall(r"^## (\w+)$", path.read_text("utf-8"), re.MULTILINE)
        assert parts == ["Context", "Options", "Decision", "Consequences"], path.name


def test_the_documents_list_who_may_do_what():
    """Holds where another action is added: `./run yaoda users rights` writes the lists."""
    page = (ROOT / "docs" / "access.md").read_text("utf-8")
    assert page.endswith(import_module("web.matrix.written").written())
