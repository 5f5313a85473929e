"""Files of temperature loggers, in the dialects that they are written in."""

from dataclasses import replace
from datetime import UTC, datetime
from time import process_time

import pytest

from pharmacies.catalogue.said import BadFile
from routing.loggers import Asked, read

NOW = datetime(2025, 9, 15, 10, 0, tzinfo=UTC)
ASKED = Asked(NOW)

CHINESE = (
    "设备编号：TH20-77\n采集时间,温度(℃),湿度(%RH)\n"
    "2025/9/15 14:02:00,4.5,51\n2025-09-15 14:12:00,5.2,50\n"
)
EASYLOG = (
    "Box 3,Time,Celsius(°C),High Alarm,Low Alarm,Humidity(%rh),Dew Point(°C),Serial Number\n"
    "1,2025-09-15 14:02:00,4.5,8.0,2.0,51.0,-4.6,010032184\n"
    "2,2025-09-15 14:12:00,5.2,8.0,2.0,50.0,-4.2\n"
)
HOBO = (
    '"Plot Title: box 3"\n'
    '"#","Date Time, GMT+08:00","Temp, °F (LGR S/N: 10679014, SEN S/N: 1)",'
    '"Coupler Detached"\n'
    "1,09/15/25 02:02:00 PM,40.1,\n2,09/15/25 02:10:00 PM,,Logged\n3,09/15/25 02:12:00 PM,41.36,\n"
)
IBUTTON = (
    "1-Wire/iButton Part Number: DS1921G-F5\n"
    "1-Wire/iButton Registration Number: 8400000036BF0121\n"
    "Start Time: 2025, Temperature Alarm: 8\n"
    "Date/Time,Unit,Value\n15/09/25 2:02:00 PM,C,4.5\n15/09/25 2:12:00 PM,C,5.2\n"
)
GERMAN = (
    "Seriennummer;Serial Number: 39112233\nDatum;Uhrzeit;Temperatur [°C];Feuchte\n"
    "15.09.2025;14:02:00;4,5;51,3\n15.09.2025;14:12:00;5,2;50,0\n"
)
TABS = (
    "Logger ID:\tAB-1\nTimestamp (UTC)\tTemperature (deg C)\n"
    "2025-09-15T06:02:00Z\t4.5\n2025-09-15T06:12:00Z\t5.2\n"
)


@pytest.mark.parametrize(
    ("content", "asked", "logger"),
    [
        (CHINESE.encode(), ASKED, "TH20-77"),
        (CHINESE.encode("utf-8-sig"), ASKED, "TH20-77"),
        (CHINESE.encode("gb18030"), ASKED, "TH20-77"),
        (CHINESE.encode("utf-16"), ASKED, "TH20-77"),
        (CHINESE.replace(" 14:", " 下午2:").encode(), ASKED, "TH20-77"),
        (EASYLOG.encode(), ASKED, "010032184"),
        (EASYLOG.encode("latin-1"), ASKED, "010032184"),
        (HOBO.encode(), ASKED, "10679014"),
        (IBUTTON.encode(), replace(ASKED, order="dmy"), "8400000036BF0121"),
        (GERMAN.encode(), ASKED, "39112233"),
        (TABS.encode(), ASKED, "AB-1"),
        (TABS.replace("Z", "").encode(), ASKED, "AB-1"),
    ],
    ids=[
        "utf8", "bom", "gb18030", "utf16", "afternoon", "easylog", "latin1",
        "hobo", "ibutton", "semicolons", "tabs", "utc-in-title",
    ],
)  # fmt: skip
def test_every_dialect_says_the_same(content, asked, logger):
    found = read(content, asked)
    assert found.logger == logger
    assert [(f"{p.at:%H:%M}", p.temperature_dc) for p in found.points] == [
        ("06:02", 45),
        ("06:12", 52),
    ]


def test_a_file_without_a_zone_goes_by_the_one_that_was_chosen():
    content = CHINESE.replace("14:", "06:").encode()
    (first, _) = read(content, replace(ASKED, offset=UTC)).points
    assert first.at == datetime(2025, 9, 15, 6, 2, tzinfo=UTC)


def test_rows_in_any_order_are_read_once_each():
    again = "2025-09-15 13:02:00,4.1,51\n2025/9/15 14:02:00,4.5,51\n"
    found = read((CHINESE + again).encode(), ASKED)
    assert [p.temperature_dc for p in found.points] == [41, 45, 52]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "文件是空的"),
        ("PK\x03\x04", "从记录仪软件导出 CSV"),
        ("药品,数量\n胰岛素,3\n", "找不到表头"),
        ("时间,温度\n2025-09-15 14:02,4.5\n", "第 1 行的温度一列没有写单位"),
        ("时间,温度(℃)\n", "第 1 行表头下面没有温度读数"),
        ("时间,温度1(℃),温度2(℃)\n2025-09-15 14:02,4.5,5\n", "第 1 行有 2 列温度"),
        ("编号,时间,温度(℃)\n1,2025-09-15 14:02,---\n", "第 2 行读不懂"),
        ("编号,时间,温度(℃)\n1,2025-09-15,4.5\n", "第 2 行读不懂"),
        ("时间,温度(℃)\n2025-02-30 14:02,4.5\n", "第 2 行起的日期（2025-02-30）不成立"),
        ("时间,温度(℃)\n2025-09-15 14:02,4\n2025-09-15 23:02,4\n", "第 3 行的时间在将来"),
        ("时间,温度(℃)\n2026-09-15 14:02,4.5\n", "2026-09-15）不成立，或在将来"),
        ("时间,温度(℃)\n05/06/2025 14:02,4.5\n", "第 2 行的日期（05-06-2025）分不清日和月"),
        ("时间,温度(℃)\n2025-09-15 14:02,4\n2025-09-15 14:02,5\n", "第 2 行和第 3 行是同一时刻"),
        ("时间,温度(℃)\n2025-09-15 14:02,46,4\n", "第 2 行比表头多出几格"),
        ("时间,温度(℃)\n2025-09-15 14:02,250\n", "第 2 行的温度超出"),
        ('时间,温度(℃)\n2025-09-15 14:02,"4.5\n', "第 2 行起读不出来"),
        ("时间,温度(℃)\n2025-09-15 14:02,4.5\n", "文件里没有记录仪编号"),
    ],
)  # fmt: skip
def test_what_is_unclear_is_refused_with_its_row(content, words):
    with pytest.raises(BadFile) as raised:
        read(content.encode(), ASKED)
    assert words in raised.value.said.zh


def test_a_file_of_another_logger_than_was_said_is_refused():
    with pytest.raises(BadFile) as raised:
        read(EASYLOG.encode(), replace(ASKED, logger="77"))
    assert raised.value.said.zh == "文件里的记录仪编号是 010032184，填写的是 77。"


@pytest.mark.parametrize(
    "content",
    [
        "Time,Temperature (C)\n2025-09-15 10:00,1" + " " * 20_000 + "x\n",
        "Time,Temperature (C)\n2025-09-15" + " " * 20_000 + "x,4.5\n",
        "date" * 30_000 + ",x\n1,2\n",
    ],
)
def test_a_cell_without_end_holds_nobody_up(content):
    begun = process_time()
    with pytest.raises(BadFile):
        read(content.encode(), ASKED)
    assert process_time() - begun < 1.0
