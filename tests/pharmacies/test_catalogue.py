"""The catalogue by day and region, files that are put into it, and how it is searched."""

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import uuid4

import pytest

from pharmacies import service
from pharmacies.catalogue.examining import File
from pharmacies.catalogue.finding import find
from pharmacies.catalogue.history import history
from pharmacies.catalogue.said import BadFile
from pharmacies.catalogue.service import Act, imports, put_in, put_in_force, try_file
from pharmacies.errors import NoPrice, NoSuchMedicine
from tests.pharmacies.network import AMLODIPINE, PHARMACY
from web import db

TODAY = date(2025, 9, 15)
DISEASES = {"高血压": "hypertension", "hypertension": "hypertension"}
HEAD = (
    "国家医保药品编码,药品名称,通用名,英文名,ATC,剂型,规格,包装,甲乙类,支付标准（元）,先行自付比例,"
    "集采中选,基本药物,一致性评价,省平台挂网,储存条件,病种,商品条码,追溯码前7位,生效日期"
)
INSULIN = (
    "XA10ABC001A001010100001,重组人胰岛素注射液,人胰岛素,insulin human,A10AB01,注射剂,"
    "3ml:300U,1支,甲,38.50,0,是,是,否,是,冷藏,,6901234567892,8123456,2026-01-01"
)
LONG = (
    "XA10BBD002A001010100002,格列吡嗪长效片,格列吡嗪,glipizide,A10BB07,缓释片,5mg,30片,乙,"
    "21.60,10%,否,是,是,是,常温,,,,2025-01-01"
)


def table(*rows, head=HEAD):
    return "\n".join((head, *rows)).encode()


@pytest.fixture
def engine_with(engine):
    with db.open_session(engine) as session:
        service.add_outlets(session, [PHARMACY])
        service.add_medicines(session, [AMLODIPINE])
        service.add_prices(session, [("oujiang", AMLODIPINE.code, 450)])
    return engine


@pytest.fixture
def put(engine_with):
    """Put a table in; gives what came of it and the fates of its rows."""

    def put(content, day=TODAY, today=TODAY):
        fates = []
        act = Act(uuid4(), "lin", datetime.now(UTC), today)
        with (
            db.open_session(engine_with, read_only=True) as reading,
            db.open_session(engine_with) as writing,
        ):
            came = put_in(
                reading,
                writing,
                File("目录.csv", content, day),
                DISEASES,
                act=act,
                tell=lambda *_: None,
                into=fates,
            )
        return came, fates

    return put


@pytest.fixture
def reading(engine_with):
    with db.open_session(engine_with, read_only=True) as session:
        yield session


def on(session, code, day, area="330302"):
    return service.medicine(session, code, day, area)


def test_a_new_medicine_is_there_from_its_day_on(put, reading):
    came, _ = put(table(INSULIN))
    assert (came.new, came.written) == (1, True)
    code = INSULIN[:23]
    with pytest.raises(NoSuchMedicine):
        on(reading, code, date(2025, 12, 31))
    found = on(reading, code, date(2026, 1, 1))
    assert (found.standard_fen, found.storage, found.spec) == (
        3850,
        "cold",
        "3ml:300U×1支",
    )
    assert (found.form, found.barcode, found.trace_prefix) == (
        "注射剂",
        "06901234567892",
        "8123456",
    )


def test_a_change_holds_from_its_day_and_leaves_the_days_before(put, reading):
    head = "国家医保药品编码,支付标准,集采中选,生效日期"
    came, (fate,) = put(table(f"{AMLODIPINE.code},3.98,否,2025-10-01", head=head))
    assert (came.changed, fate.outcome) == (1, "changed")
    assert {(one.field, one.before, one.after) for one in fate.changes} == {
        ("standard_fen", 420, 398),
        ("vbp", True, False),
    }
    assert on(reading, AMLODIPINE.code, date(2025, 9, 30)) == AMLODIPINE
    later = on(reading, AMLODIPINE.code, date(2025, 10, 1))
    assert later == replace(AMLODIPINE, standard_fen=398, vbp=False)
    # What is in force today stands in the catalogue until the day comes.
    assert service.medicine(reading, AMLODIPINE.code) == AMLODIPINE


def test_what_begins_to_hold_stands_in_the_catalogue_when_its_day_comes(
    put, engine_with
):
    head = "国家医保药品编码,支付标准,药品名称"
    put(table(f"{AMLODIPINE.code},3.98,氨氯地平新名片", head=head), date(2025, 10, 1))
    with db.open_session(engine_with) as session:
        since, day = date(2025, 9, 15), date(2025, 10, 1)
        assert put_in_force(session, day, since) == 1
        assert put_in_force(session, day, since) == 0
        assert service.medicine(session, AMLODIPINE.code).standard_fen == 398
        assert find(session, "xinming").hits[0].code == AMLODIPINE.code
        assert not find(session, "苯磺酸氨氯").decided


def test_a_correction_is_another_version_of_the_same_day(put, reading):
    head = "国家医保药品编码,支付标准,生效日期"
    put(table(f"{AMLODIPINE.code},3.98,2025-07-01", head=head))
    put(table(f"{AMLODIPINE.code},3.89,2025-07-01", head=head))
    assert on(reading, AMLODIPINE.code, date(2025, 7, 1)).standard_fen == 389
    assert on(reading, AMLODIPINE.code, date(2025, 6, 30)).standard_fen == 420
    told = history(reading, AMLODIPINE.code).versions
    assert [
        (one.valid_from, one.medicine.standard_fen, one.superseded) for one in told
    ] == [
        (None, 420, False),
        (date(2025, 7, 1), 398, True),
        (date(2025, 7, 1), 389, False),
    ]
    assert {(one.entered.by, one.entered.file_name) for one in told} == {
        ("lin", "目录.csv")
    }
    assert service.medicine(reading, AMLODIPINE.code).standard_fen == 389


def test_a_region_has_its_own_terms_and_the_narrower_one_counts(put, reading):
    head = "统筹区,国家医保药品编码,支付标准,先行自付比例,生效日期"
    code = AMLODIPINE.code
    rows = (f"33,{code},4.00,0,2025-01-01", f"3303,{code},3.90,5%,2025-07-01")
    came, _ = put(table(*rows, head=head))
    assert (came.kind, came.new) == ("standards", 2)
    wenzhou = [on(reading, code, day) for day in (date(2025, 6, 30), TODAY)]
    assert [(one.standard_fen, one.self_pay_permyriad) for one in wenzhou] == [
        (400, 0),
        (390, 500),
    ]
    assert on(reading, code, TODAY, "330102").standard_fen == 400
    assert on(reading, code, TODAY, "530902") == AMLODIPINE


def test_a_price_has_its_day(put, reading):
    code = AMLODIPINE.code
    head = "价目表,国家医保药品编码,零售价,生效日期"
    came, _ = put(
        table(f"oujiang,{code},4.60,2025-10-01", f"new,{code},5,2025-10-01", head=head)
    )
    assert (came.kind, came.changed, came.new) == ("prices", 1, 1)
    days = (date(2025, 9, 30), date(2025, 10, 1))
    assert [service.price_fen(reading, PHARMACY.code, code, day) for day in days] == [
        450,
        460,
    ]
    assert service.price_fen(reading, PHARMACY.code, code) == 450
    with pytest.raises(NoPrice):
        service.listed_fen(reading, "new", code, days[0])
    assert service.listed_fen(reading, "new", code, days[1]) == 500


def test_the_same_file_twice_changes_nothing(put, reading):
    content = table(INSULIN, LONG)
    assert put(content)[0].written
    came, fates = put(content)
    assert (came.same, came.written) == (2, False)
    assert {one.outcome for one in fates} == {"same"}
    (one,) = imports(reading)
    assert (one.new, one.by, one.file_name) == (2, "lin", "目录.csv")


def test_one_bad_row_and_nothing_is_written(put, reading):
    came, fates = put(table(INSULIN, LONG.replace("21.60", "21.6O")))
    assert (came.new, came.refused, came.written) == (1, 1, False)
    (fault,) = next(one for one in fates if one.outcome == "refused").faults
    assert (fault.column, fates[1].row) == ("支付标准（元）", 3)
    assert "21.6O" in fault.said.zh
    assert imports(reading) == ()
    with pytest.raises(NoSuchMedicine):
        service.medicine(reading, LONG[:23])


def test_a_trial_writes_nothing(engine_with, reading):
    fates = []
    trial = try_file(
        reading,
        File("a.csv", table(INSULIN), TODAY),
        DISEASES,
        tell=lambda *_: None,
        into=fates,
    )
    assert (trial.rows, fates[0].outcome) == (1, "new")
    with pytest.raises(NoSuchMedicine):
        service.medicine(reading, INSULIN[:23])


def test_rows_of_one_file_follow_one_another(put, reading):
    later = LONG.replace("21.60", "20.00").replace("2025-01-01", "2025-08-01")
    came, fates = put(table(later, LONG))
    assert [one.outcome for one in fates] == ["new", "new"]
    days = (date(2025, 7, 31), date(2025, 8, 1))
    found = [on(reading, LONG[:23], day).standard_fen for day in days]
    assert (found, came.written) == ([2160, 2000], True)


def test_a_bad_cell_is_named_with_its_row_and_column(put):
    for row, column, words in (
        (LONG.replace("XA10BBD002", "XA10BAD002"), "ATC", "不一致"),
        (LONG.replace("10%", "10"), "先行自付比例", "10%"),
        (LONG.replace(",乙,", ",丁,"), "甲乙类", "甲、乙或丙"),
        (LONG.replace("2025-01-01", "2025-02-30"), "生效日期", "不是日期"),
        (LONG.replace("格列吡嗪长效片", ""), "药品名称", "没有填"),
        (LONG.replace("长效片", "长效\u202e片"), "药品名称", "U+202E"),
        (LONG.replace("glipizide", '=HYPERLINK("x")'), "英文名", "公式"),
        (LONG.replace(",,,2025", ",6.90123E+12,,2025"), "商品条码", "位数已丢失"),
        (LONG.replace(",,,2025", ",6901234567890,,2025"), "商品条码", "校验码"),
        (LONG.replace("常温,,", "常温,头疼,"), "病种", "头疼"),
        (LONG.replace(LONG[:23], "6.9E+22"), "国家医保药品编码", "23 位"),
        (LONG.replace("21.60", "0"), "支付标准（元）", "大于零"),
    ):
        came, fates = put(table(INSULIN, row))
        assert (came.refused, came.written) == (1, False), row
        refused = next(one for one in fates if one.outcome == "refused")
        assert refused.row == 3
        assert [fault.column for fault in refused.faults] == [column]
        assert words in refused.faults[0].said.zh


def test_a_row_that_is_there_twice_is_refused(put):
    _, fates = put(table(LONG, INSULIN, LONG))
    assert [one.outcome for one in fates] == ["new", "new", "refused"]
    assert "第 2 行" in fates[2].faults[0].said.zh


def test_what_is_new_needs_every_figure(put):
    head = "国家医保药品编码,药品名称"
    _, (fate,) = put(table(f"{LONG[:23]},格列吡嗪", head=head))
    assert "支付标准" in fate.faults[0].column


def test_terms_and_prices_are_of_medicines_that_are_there(put):
    for head in ("统筹区,国家医保药品编码,支付标准", "价目表,国家医保药品编码,零售价"):
        _, (fate,) = put(table(f"3303,{LONG[:23]},5", head=head))
        assert "没有这个药品" in fate.faults[0].said.zh


def hits(session, typed):
    return [one.name for one in find(session, typed).hits]


def test_a_name_is_found_by_any_part_of_it(put, reading):
    put(table(INSULIN, LONG))
    for typed, name in (
        ("胰岛素", "重组人胰岛素注射液"),
        ("czryds", "重组人胰岛素注射液"),
        ("chongzuren", "重组人胰岛素注射液"),
        ("zhongzuren", "重组人胰岛素注射液"),  # as it is often misread
        ("ryds", "重组人胰岛素注射液"),
        ("gldqcxp", "格列吡嗪长效片"),  # near enough to be proposed
        ("wss", None),
        ("glbqcxp", "格列吡嗪长效片"),
        ("changxiao", "格列吡嗪长效片"),
        ("glip", "格列吡嗪长效片"),
        ("格列比嗪长效", "格列吡嗪长效片"),
        ("A10BB", "格列吡嗪长效片"),
        ("lvdp", "苯磺酸氨氯地平片"),
    ):
        found = find(reading, typed)
        assert not found.decided
        assert (found.hits[0].name if found.hits else None) == name, typed


def test_an_exact_code_decides(put, reading):
    put(table(INSULIN, LONG))
    for typed, by in (
        (INSULIN[:23], "code"),
        (INSULIN[:23].lower(), "code"),
        ("6901234567892", "barcode"),
        ("(01)06901234567892(17)270101", "barcode"),
        ("81234560000000000001", "trace"),
    ):
        found = find(reading, typed)
        assert found.decided, typed
        assert [(one.code, one.by) for one in found.hits] == [(INSULIN[:23], by)]


def test_what_is_near_is_only_proposed(put, reading):
    put(table(INSULIN, LONG))
    found = find(reading, "重组胰岛素注社液")
    assert (found.decided, found.hits[0].by) == (False, "near")
    assert hits(reading, "维生素") == []
    assert hits(reading, " %_'") == []


def test_a_file_without_a_heading_or_a_row_is_told(put):
    for content, why in ((b",,\n , \n", "没有内容"), (HEAD.encode(), "只有表头")):
        with pytest.raises(BadFile) as raised:
            put(content)
        assert why in raised.value.said.zh
