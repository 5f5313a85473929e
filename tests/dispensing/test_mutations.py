"""Every figure of every pack, spoiled in every way: each is refused with file and line."""

import re
import shutil

import pytest

from dispensing.packs.cover import gaps
from dispensing.packs.shelf import load_shelf
from dispensing.policy import BadPack
from dispensing.policy.pack import POLICIES, pack_files, read_pack
from dispensing.policy.whole import unfit
from tests.dispensing.mutations import MUTATIONS, Figure, figures_of

TEXTS = POLICIES / "texts"
FILES = {path.name: path.read_text("utf-8") for path in pack_files()}


def refusals(name: str, text: str) -> tuple[BadPack, ...]:
    """Read a spoiled pack; give its faults, none where it slips through."""
    try:
        read_pack(name, text.encode(), TEXTS)
    except BadPack as error:
        return error.each
    return ()


@pytest.mark.parametrize("name", FILES)
def test_every_figure_spoiled_in_any_way_is_refused(name):
    """Each figure alone under its document, so that thousands are tried in a moment."""
    document, figures = figures_of(FILES[name])
    first = document.count("\n")
    tried, slipped = set(), []
    for _, figure in figures:
        # Units are those of the targets, which stand in another figure.
        if figure.field("name") != "quota.counts_towards":
            assert not refusals(name, document + figure.written), figure
        for kind, (mutate, expected) in MUTATIONS.items():
            spoiled = mutate(figure)
            if spoiled is None or spoiled == figure.written:
                continue
            tried.add(kind)
            found = refusals(name, document + spoiled)
            last = first + spoiled.count("\n")
            told = [
                one
                for one in found
                if re.search(expected, one.said) and first < one.line <= last
            ]
            if not told or not told[0].said.startswith(f"{name}:{told[0].line}: "):
                slipped.append(
                    (kind, figure.field("name"), [one.said for one in found])
                )
    assert slipped == []
    assert len(tried) >= 15


def test_every_kind_of_mutation_meets_some_figure():
    met = set()
    for text in FILES.values():
        _, figures = figures_of(text)
        for _, figure in figures:
            met |= {kind for kind, (mutate, _) in MUTATIONS.items() if mutate(figure)}
    assert met == set(MUTATIONS)


@pytest.mark.parametrize("name", FILES)
def test_a_spoiled_figure_is_told_at_its_line_in_the_whole_file(name):
    document, figures = figures_of(FILES[name])
    placed = list(figures)
    before, figure = placed[len(placed) // 2]
    lines = FILES[name].split("\n")
    size = figure.written.count("\n")
    for kind in ("no clause", "an unknown key", "no unit"):
        mutate, expected = MUTATIONS[kind]
        whole = "\n".join(
            [*lines[:before], mutate(figure).rstrip("\n"), *lines[before + size :]]
        )
        (fault,) = refusals(name, whole)
        assert re.search(expected, fault.said)
        assert before < fault.line <= before + size + 1
    assert document


DOCUMENT = (
    (r"^id = .*\n", "", "document.id: expected words"),
    (r"^region = .*\n", "", "document.region: expected words"),
    (r"^title = .*$", "title = 3", "document.title: expected words"),
    (r"^layer = .*$", 'layer = "village"', "document.layer: expected one of"),
    (r"^standing = .*$", 'standing = "old"', "document.standing: expected one of"),
    (r"^effective_from = .*$", 'effective_from = "2020"', "expected a date"),
    (
        r"^(effective_from = .*\n)",
        r"\1effective_until = 2000-01-01\n",
        "expected effective_from <= effective_until",
    ),
    (r"^\[document\]\n", "[document]\nguess = 1\n", "document.guess: unknown key"),
    (r"^\[document\]\n", "guess = 1\n[document]\n", "file.guess: unknown key"),
    (r'^area = ".*"', 'area = "33031"', "expected the first 2, 4 or 6 digits"),
    (r'^text_sha256 = "0?.', 'text_sha256 = "', "document.text_sha256: expected"),
    (r'^text = ".*"', 'text = "nowhere.txt"', "document.text: expected nowhere"),
    (r"^\[document\]\n", "", "document: expected a table|document.id: expected words"),
    (r"^\[\[figures\]\]", "[[figure]]", "file.figure: unknown key"),
    (r'^title = "', "title = ", "expected TOML"),
)


@pytest.mark.parametrize(("old", "new", "expected"), DOCUMENT)
def test_every_document_spoiled_in_any_way_is_refused(old, new, expected):
    tried = 0
    for name, text in FILES.items():
        head, mark, rest = text.partition("[[figures]]\n")
        spoiled = re.sub(old, new, head + mark, count=1, flags=re.MULTILINE)
        if spoiled != head + mark:
            tried += 1
            found = refusals(name, spoiled + rest)
            told = [one for one in found if re.search(expected, one.said)]
            assert told, (name, [one.said for one in found])
            assert told[0].said.startswith(f"{name}:{told[0].line}: ")
            assert told[0].line > 0
    assert tried


@pytest.fixture
def spoiled(tmp_path):
    """Spoil one file of a copy of the packs; give all that is wrong with the folder."""

    def spoil(name: str, old: str, new: str) -> list[str]:
        folder = tmp_path / "policies"
        shutil.copytree(POLICIES, folder)
        text = (folder / name).read_text("utf-8")
        assert len(re.findall(old, text, re.MULTILINE)) > 0
        changed = re.sub(old, new, text, count=1, flags=re.MULTILINE)
        (folder / name).write_text(changed, "utf-8")
        shelf = load_shelf(folder)
        holes = () if shelf.faults else (one.said for one in unfit(shelf.packs))
        return [*shelf.faults, *gaps(shelf), *holes]

    return spoil


@pytest.mark.parametrize(
    ("name", "old", "new", "expected"),
    [
        (
            "national.toml",
            r"until = 2021-04-30",
            "until = 2021-04-29",
            r"insured\.active: expected a value for each day.*2021-04-30 to 2021-04-30",
        ),
        (
            "national.toml",
            r"until = 2021-04-30",
            "until = 2021-05-01",
            r"insured\.active: expected one figure for a day",
        ),
        (
            "suixi-2021.toml",
            r"from = 2022-01-01",
            "from = 2022-01-02",
            r"heads\.quotas: .*got none from 2022-01-01 to 2022-01-01",
        ),
        (
            "wenzhou-2019.toml",
            r'"龙港市" = "苍南县"',
            '"龙港市" = "苍南"',
            r"quota\.counts_towards: expected a quota unit, one of .*got '苍南'",
        ),
        (
            "wenzhou-2019.toml",
            r'^name = "quota.kind"',
            'name = "quota.kind.鹿城"',
            r"quota\.kind\.鹿城: expected a quota unit, one of .*got '鹿城'",
        ),
        (
            "wenzhou-2019.toml",
            r'^same_as = "ratio.resident.level2"',
            'same_as = "ratio.resident.pharmacy"',
            r"ratio\.resident\.pharmacy: expected same_as to lead to a figure",
        ),
        (
            "wenzhou-2019.toml",
            r'^name = "schemes"(.|\n)*?(?=\n\[\[figures)',
            'name = "clause.nobody"\nvalue = true\nunit = "rule"\nclause = "一"\n'
            'says = "无"\nreading = "R4"\n',
            r"document\.region: expected the figures schemes and diseases",
        ),
        (
            "tieling-2021.toml",
            r'^value = \["resident"\]',
            'value = ["resident", "employee"]',
            r"ratio\.employee\.primary: expected a ratio in tieling",
        ),
        (
            "tieling-2021.toml",
            r'^name = "cap.resident.hypertension\+diabetes"',
            'name = "cap.resident.diabetes+hypertension"',
            r"expected cap\.resident\.hypertension\+diabetes",
        ),
        (
            "tieling-2021.toml",
            r'^area = ".*"',
            'area = "3303"',
            r"document\.area: expected an area of its own, 33\d+ is of",
        ),
        (
            "tieling-2021.toml",
            r'^id = ".*"',
            'id = "suixi-2021"',
            r"document\.id: expected an id of its own, suixi-2021\.toml has it",
        ),
    ],
)
def test_what_only_the_whole_shows_is_refused_with_its_line(
    spoiled, name, old, new, expected
):
    found = spoiled(name, old, new)
    told = [one for one in found if re.search(expected, one)]
    assert told, found
    assert re.match(r"[a-z0-9-]+\.toml:[1-9][0-9]*: ", told[0])


def test_a_file_with_many_faults_is_told_all_of_them():
    """One fault in every figure: as many sentences, in the order of the file."""
    text, figures = FILES["wenzhou-2019.toml"], 0
    document, placed = figures_of(text)
    spoiled = document
    for _, figure in placed:
        spoiled += Figure(figure.written).without("clause") + "\n"
        figures += 1
    found = refusals("wenzhou-2019.toml", spoiled)
    assert len(found) == figures
    assert [one.line for one in found] == sorted(one.line for one in found)
