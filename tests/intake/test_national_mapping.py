"""Mapping files: what a region writes is data, and a broken file is told all its faults."""

import pytest

from dispensing.intake.national import faults, read_region, region, regions
from dispensing.intake.national.loading import FOLDER
from dispensing.policy.toml_file import BadPack

NATIONAL = (FOLDER / "national.toml").read_text("utf-8")
HEAD = '[region]\nname = "here"\ntitle = "这里"\nbase = "national"\n'


def told(text, base=True):
    """Give the faults of a region's file."""
    return faults("here.toml", text.encode(), region("national") if base else None)


def line(text, wanted):
    """Find the line of the first words that are wanted."""
    return next(n for n, words in enumerate(text.splitlines(), 1) if wanted in words)


@pytest.mark.parametrize("name", regions())
def test_the_shipped_files_are_sound(name):
    assert region(name).name == name


def test_every_table_tells_its_source_and_how_far_to_trust_it():
    for table in region("national").tables.values():
        assert table.source and table.tag, table.name


def test_a_region_says_only_what_differs():
    here = read_region(
        "here.toml",
        (
            HEAD + 'numbers = "text"\n[names]\nhosp_rxno = "rxNo"\n'
            '[fields.rx.card_sn]\nrequired = true\nkind = "c8"\n'
            '[transactions.D001]\nnumber = "X1"\n'
        ).encode(),
        region("national"),
    )
    rows = {one.name: one for one in here.nodes["rx"]}
    assert rows["hosp_rxno"].wire == "rxNo"
    assert "hospRxno" in rows["hosp_rxno"].spellings
    assert (rows["card_sn"].required, rows["card_sn"].kind.size) == (True, 8)
    assert here.transactions["D001"].path == "/D001"
    assert here.transaction("X1").takes == "rx"
    assert rows["visit"].wire == "mdtrtinfo"


def test_every_fault_is_told_at_once_with_its_line():
    text = (
        NATIONAL.replace('"hosp_rxno", kind = "c40"', '"hosp_rxno", kind = "x40"')
        .replace('name = "vali_days", kind', 'name = "valid_dayz", kind')
        .replace('takes = "revoke"', 'takes = "nothing"')
        .replace('numbers = "number"', 'numbers = "roman"')
    )
    found = told(text, base=False)
    places = {one.split(":")[1] for one in found}
    assert str(line(text, '"x40"')) in places
    assert str(line(text, 'takes = "nothing"')) in places
    assert str(line(text, 'numbers = "roman"')) in places
    assert any("valid_dayz" in one and "vali_days" in one for one in found) or (
        any("valid_dayz" in one for one in found)
        and any("vali_days" in one for one in found)
    )
    assert len(found) >= 5


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[region", "expected TOML"),
        ("x = 1", "unknown key"),
        (HEAD + "colour = 1", "unknown key"),
        (HEAD + 'style = "kebab"', "camel, snake"),
        (HEAD + 'time = "%d"', "expected one of"),
        (HEAD + '[names]\nnobody = "x"', "known field"),
        (HEAD + "[names]\nhosp_rxno = 1", "known field"),
        ("names = 1\n" + HEAD, "table [names]"),
        (HEAD + '[fields.rx.nobody]\nkind = "c1"', "known field"),
        (HEAD + '[fields.rx.card_sn]\nkind = "c"', "kind: expected"),
        (HEAD + '[fields.rx.card_sn]\ncolour = "c"', "unknown key"),
        (HEAD + '[fields.rx.card_sn]\ntable = "none"', "table: expected"),
        (HEAD + '[transactions.D999]\nnumber = "1"', "expected one of"),
        (HEAD + '[transactions.D001]\nnumber = "D002"', "number of its own"),
        (HEAD + "[tables.gend]\ncodes = 1", "expected codes"),
        (
            HEAD + '[tables.gend]\ntag = "M"\nsource = "x"\nown = { 5 = "7" }',
            "codes of the table",
        ),
        (HEAD + '[tables.gend]\ntag = "Z"\nsource = "x"', "expected one of A"),
        (HEAD + "[tables]\ngend = 1", "expected a table"),
        ("tables = 1\n" + HEAD, "expected tables"),
    ],
)
def test_what_a_file_must_not_say_is_refused(text, words):
    assert words in "\n".join(told(text))


def test_a_file_that_is_not_fit_names_itself_and_its_line():
    with pytest.raises(BadPack, match=r"here\.toml:5: "):
        read_region("here.toml", (HEAD + 'numbers = "x"').encode(), region("national"))


def test_there_is_no_region_of_another_name():
    with pytest.raises(LookupError, match="national"):
        region("nowhere")
