"""Packs: every figure stands in its text, and a bad pack is named."""

import hashlib
import re
from datetime import date

import pytest

from dispensing.policy import BadPack, load_packs
from dispensing.policy.figures import Figure
from dispensing.policy.pack import load_pack

PACKS = {pack.id: pack for pack in load_packs()}
TARGETS = {
    "市本级": 77,
    "鹿城区": 48,
    "龙湾区": 24,
    "瓯海区": 29,
    "洞头区": 8,
    "永嘉县": 23,
    "平阳县": 11,
    "苍南县": 3,
    "文成县": 3,
    "泰顺县": 2,
    "经开区": 12,
    "瑞安市": 40,
    "乐清市": 98,
}
TEXT = "一、参保人员报销比例为60%，自2020年\n起施行。高血压。"
SHA256 = hashlib.sha256(TEXT.encode()).hexdigest()
DOCUMENT = f"""
[document]
id = "test-2020"
region = "test"
layer = "city"
area = "9999"
title = "试验文件"
standing = "in_force"
effective_from = 2020-01-01
text = "test-2020.txt"
text_sha256 = "{SHA256}"
"""
FIGURE = """
[[figures]]
name = "ratio.resident"
value = "0.60"
unit = "share"
clause = "一"
quote = "报销比例为60%，自2020年起施行"
"""


def figure(pack: str, name: str) -> Figure:
    return next(item for item in PACKS[pack].figures if item.name == name)


@pytest.fixture
def load(tmp_path):
    """Write a pack beside its text, and load it."""

    def write(content: str, text: str = TEXT):
        (tmp_path / "texts").mkdir(exist_ok=True)
        (tmp_path / "texts" / "test-2020.txt").write_text(text, "utf-8")
        path = tmp_path / "test-2020.toml"
        path.write_text(content, "utf-8")
        return load_pack(path)

    return write


def test_wenzhou_has_thirteen_targets_that_add_up():
    assert dict(figure("wenzhou-2019", "quota.targets").value) == TARGETS
    assert sum(TARGETS.values()) == figure("wenzhou-2019", "quota.total").value == 378


def test_wenzhou_names_fourteen_diseases():
    assert len(figure("wenzhou-2019", "diseases").value) == 14


def test_every_figure_of_a_shipped_text_is_quoted_or_marked_as_a_reading():
    for pack in PACKS.values():
        for item in pack.figures:
            cited = item.cited
            assert cited.clause
            assert cited.document
            assert cited.quote or cited.says
            assert not (cited.quote and not pack.text)


def test_wenzhou_says_which_document_its_open_figures_are_left_to():
    left = [item for item in PACKS["wenzhou-2019"].figures if item.left_to]
    assert {item.left_to for item in left} == {"温州市全民基本医疗保险办法"}
    assert all(item.value is None for item in left)


def test_a_pack_is_known_by_the_digest_of_its_file():
    assert len({pack.sha256 for pack in PACKS.values()}) == len(PACKS)


def test_white_space_in_a_quote_does_not_matter(load):
    pack = load(DOCUMENT + FIGURE)
    assert pack.figures[0].value == 6000
    assert pack.figures[0].since == date(2020, 1, 1)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('"0.60"', '"1.60"', "ratio.resident: expected a share"),
        ('"0.60"', "0.60", "ratio.resident: expected a share"),
        ("ratio.resident", "ratio.foreigner", "known parameter"),
        ('unit = "share"', 'unit = "yuan"', "expected unit 'share'"),
        ('unit = "share"', "", "expected unit 'share'"),
        ('clause = "一"', "", "ratio.resident.clause: expected words"),
        ("报销比例为60%", "报销比例为80%", "expected a quote of the text"),
        ('quote = "', 'guess = "', r"ratio.resident.guess: unknown key"),
        (FIGURE, FIGURE + "from = 2021-01-01\nuntil = 2020-06-01\n", "from <= until"),
        (
            FIGURE,
            FIGURE + 'from = "2021-01-01"\n',
            "ratio.resident.from: expected a date",
        ),
        (FIGURE, FIGURE + 'left_to = "另一文件"\n', "expected one of value"),
        ('value = "0.60"\n', "", "expected one of value"),
        (FIGURE, FIGURE + FIGURE, "expected one figure for a day"),
        ('layer = "city"', 'layer = "village"', "document.layer: expected one of"),
        ('id = "test-2020"\n', "", "document.id: expected words"),
        (
            "effective_from = 2020-01-01\n",
            "",
            "document.effective_from: expected a date",
        ),
        (SHA256, "0" * 64, "document.text_sha256"),
        ("test-2020.txt", "nowhere.txt", "document.text: expected nowhere.txt"),
        ("[document]", "[paper]", "file.paper: unknown key"),
        ("[document]", "[[document]]", "document: expected a table"),
        (FIGURE, "", "figures: expected tables"),
        ("[[figures]]", "[figures]", "figures: expected tables"),
        ('area = "9999"', "area = 9999", "document.area: expected words"),
        ('area = "9999"', "texts = 3", "texts: expected a table"),
        (
            'area = "9999"',
            'yields_to_later = "city"',
            "yields_to_later: expected a list",
        ),
        ('area = "9999"', "effective_until = 3", "effective_until: expected a date"),
        ('area = "9999"', 'area = "9999"\nstanding = "old"', "expected TOML"),
        (
            'standing = "in_force"',
            'standing = "old"',
            "document.standing: expected one",
        ),
        ('value = "0.60"', "left_to = 3", r"ratio\.resident\.left_to: expected words"),
        ('value = "0.60"', "same_as = 3", r"ratio\.resident\.same_as: expected words"),
        ('value = "0.60"', 'same_as = "x"', "known parameter, got 'x'"),
        ('clause = "一"', 'clause = "一"\nsays = 3', r"resident\.says: expected words"),
        (
            'clause = "一"',
            'clause = "一"\ntext = "law"',
            r"resident\.text: expected one",
        ),
        ('quote = "报', 'quote = 3 #"报', r"resident\.quote: expected words"),
        ("[document]", "[document", "expected TOML"),
    ],
)
def test_a_bad_pack_is_refused_with_file_and_key(load, old, new, expected):
    content = DOCUMENT + FIGURE
    assert old in content
    with pytest.raises(BadPack, match=expected) as refusal:
        load(content.replace(old, new))
    assert re.match(r"test-2020\.toml:[0-9]+: ", str(refusal.value))


DISEASES = """
[[figures]]
name = "diseases"
value = ["hypertension"]
unit = "names"
clause = "一"
quote = "高血压"
"""


def test_a_disease_of_the_list_stands_in_the_text(load):
    assert load(DOCUMENT + DISEASES).figures[0].value == ("hypertension",)


@pytest.mark.parametrize(
    ("disease", "expected"),
    [("diabetes", "expected '糖尿病' in the text"), ("gout", "names among")],
)
def test_a_disease_that_does_not_stand_there_is_refused(load, disease, expected):
    with pytest.raises(BadPack, match=expected):
        load(DOCUMENT + DISEASES.replace('["hypertension"]', f'["{disease}"]'))


def test_a_target_that_does_not_stand_there_is_refused(load):
    targets = FIGURE.replace("ratio.resident", "quota.targets")
    targets = targets.replace("share", "table").replace('"0.60"', '{ "甲县" = 3 }')
    with pytest.raises(BadPack, match="expected '甲县3' in the text"):
        load(DOCUMENT + targets)


def test_a_rule_cannot_be_switched_off(load):
    rule = FIGURE.replace("ratio.resident", "prescription.unused")
    rule = rule.replace('"share"', '"rule"').replace('"0.60"', "false")
    with pytest.raises(BadPack, match="a rule cannot be switched off"):
        load(DOCUMENT + rule)
