"""Packs: every figure stands in its text, and a bad pack is named."""

import hashlib
import re
from collections import Counter
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


def rows(pack: str, name: str) -> list[dict]:
    return [dict(row) for row in figure(pack, name).value]


def test_lincang_lists_sixty_five_lines_of_medicines():
    """附件2: 36 lines for diabetes, 29 for hypertension (L30); three slips (R3)."""
    lines = rows("lincang-2024", "drug.list")
    assert Counter(line["disease"] for line in lines) == {
        "diabetes": 36,
        "hypertension": 29,
    }
    tiers = Counter((line["disease"], tier) for line in lines for tier in line["tiers"])
    assert tiers == {
        ("diabetes", "甲"): 21,
        ("diabetes", "乙"): 16,
        ("hypertension", "甲"): 9,
        ("hypertension", "乙"): 20,
    }
    classes = {(line["disease"], line["class"]) for line in lines}
    assert Counter(disease for disease, _ in classes) == {
        "diabetes": 8,
        "hypertension": 5,
    }
    assert sum("limit" in line for line in lines) == 7
    assert sum("negotiated" in line for line in lines) == 3
    bare = ((line["printed"].replace(" ", ""), line["name"]) for line in lines)
    assert {one: two for one, two in bare if one != two} == {
        "格列酮": "格列喹酮",
        "培哌普利": "培哚普利",
        "呋达帕胺": "吲达帕胺",
    }


def test_lincang_chooses_in_the_order_of_the_text():
    order = ("tier_a", "essential", "consistency", "vbp")
    assert figure("lincang-2024", "drug.choice_order").value == order


def test_suixi_pays_so_much_a_head():
    """三（一）: signed is unsigned and the contract (S5)."""
    quotas = rows("suixi-2021", "heads.quotas")
    assert [row["quota_fen"] for row in quotas] == [
        34_000,
        24_000,
        100_000,
        90_000,
        750_000,
    ]
    signed, unsigned = quotas[0], quotas[1]
    assert signed["quota_fen"] - signed["contract_fen"] == unsigned["quota_fen"]


def test_suixi_shares_a_surplus_whole_and_scores_sixty_points():
    shares = rows("suixi-2021", "payout.shares")
    assert sum(row["share_permyriad"] for row in shares) == 10_000
    assert sum(row["points"] for row in rows("suixi-2021", "score.items")) == 60


def test_the_chongqing_model_states_no_amount():
    """C16: no ratio, no cap, no quantity anywhere in the text."""
    pack = PACKS["chongqing-model-2022"]
    assert pack.standing == "model"
    assert pack.area == ""
    money = [item for item in pack.figures if item.unit in ("share", "yuan", "days")]
    assert money
    assert all(item.value is None and item.left_to for item in money)


def test_every_figure_of_a_shipped_text_is_quoted_or_marked_as_a_reading():
    for pack in PACKS.values():
        for item in pack.figures:
            cited = item.cited
            assert cited.clause
            assert cited.document
            assert cited.quote or cited.says
            assert not (cited.quote and not pack.text)


def test_wenzhou_says_which_document_its_open_figures_are_left_to():
    figures = PACKS["wenzhou-2019"].figures
    left = [item for item in figures if item.left_to and item.unit != "rows"]
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
        ('value = "0.60"', 'same_as = "x"', "known parameter.*, got 'x'"),
        ('clause = "一"', 'clause = "一"\nsays = 3', r"resident\.says: expected words"),
        (
            'clause = "一"',
            'clause = "一"\ntext = "law"',
            r"resident\.text: expected one",
        ),
        ('quote = "报', 'quote = 3 #"报', r"resident\.quote: expected words"),
        ("[document]", "[document", "expected TOML"),
        ('value = "0.60"', 'value = "0.65"', "expected a quote that prints the value"),
        ('quote = "', 'says = "一"\nquote = "', "ratio.resident.says: expected a note"),
        (
            'quote = "报销比例为60%，自2020年起施行"',
            'says = "一"',
            "or the reading that",
        ),
        (
            'area = "9999"',
            "effective_until = 2019-12-31",
            "expected effective_from <= effective_until",
        ),
        ('area = "9999"', 'texts = { law = "法" }', "texts.law: expected title and"),
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


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ('"0.60"', '"1.60"', 15),
        ('clause = "一"', "", 13),
        ("报销比例为60%", "报销比例为80%", 18),
        (FIGURE, FIGURE + "from = 2021-01-01\nuntil = 2020-06-01\n", 20),
        ('quote = "', 'guess = "', 18),
        ('layer = "city"', 'layer = "village"', 5),
        ('id = "test-2020"\n', "", 2),
        (SHA256, "0" * 64, 11),
        (FIGURE, FIGURE + FIGURE, 21),
        ('value = "0.60"', 'value = "0.60', 15),
        ("[document]", "[paper]", 2),
    ],
)
def test_a_bad_pack_is_refused_with_the_line(load, old, new, line):
    with pytest.raises(BadPack) as refusal:
        load((DOCUMENT + FIGURE).replace(old, new))
    assert line in {fault.line for fault in refusal.value.each}
    assert f"test-2020.toml:{line}: " in str(refusal.value)


HEADS = """
[[figures]]
name = "heads.quotas"
value = [
    { people = "chronic", care = "inpatient", quota_yuan = "60.00", quote = "报销比例为60%" },
]
unit = "rows"
clause = "一"
quote = "参保人员"
"""


def test_rows_are_read_by_their_columns(load):
    (row,) = load(DOCUMENT + HEADS).figures[0].value
    assert dict(row) == {
        "people": "chronic",
        "care": "inpatient",
        "quota_fen": 6_000,
        "quote": "报销比例为60%",
    }


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('"60.00"', '"61.00"', "row 1: expected a quote that prints quota_fen = 6100"),
        ('"60.00"', "60", "row 1: quota_yuan: expected words"),
        ('"60.00"', '"-60.00"', "expected an amount of 0 or more"),
        ('"chronic"', '"healthy"', "row 1: people: expected one of two_diseases"),
        ('"chronic"', '["chronic"]', "row 1: people: expected choice"),
        ("care =", "cure =", "row 1: unknown column cure"),
        ('care = "inpatient", ', "", "row 1: expected a column care"),
        ("比例为60%", "比例为70%", "row 1: expected a quote of the text"),
        ('quote = "报', 'signed = 1, quote = "报', "signed: expected true or false"),
    ],
)
def test_a_bad_row_is_refused_with_its_number(load, old, new, expected):
    assert old in HEADS
    with pytest.raises(BadPack, match=expected) as refusal:
        load(DOCUMENT + HEADS.replace(old, new))
    assert refusal.value.line == 16


def test_no_figure_cites_a_text_before_it_takes_effect(load):
    document = DOCUMENT + 'texts = { law = { title = "法", from = 2022-01-01 } }\n'
    cited = FIGURE + 'text = "law"\n'
    assert load(document + cited).figures[0].since == date(2022, 1, 1)
    with pytest.raises(BadPack, match="expected a day from 2022-01-01 on, when 法"):
        load(document + cited + "from = 2021-01-01\n")
