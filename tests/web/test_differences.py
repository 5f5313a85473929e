"""Differences of the day's books, as clerks read them."""

import pytest

from web.pages import differences

SECOND = {"P33030200002": "第二药店"}


@pytest.mark.parametrize(
    ("kind", "detail", "said"),
    [
        ("unknown", "reversing", "冲正中"),
        ("scheme_swapped", "employee", "职工"),
        ("day_moved", "here: 2025-09-16", "本地记在 2025-09-16"),
        (
            "doubled",
            "fund 4.41, account -0.05",
            "统筹基金支付 4.41、个人账户支付 -0.05",
        ),
        ("till_amount", "-/cash", "本地 无；对方 现金"),
        ("return_unreversed", "returned", "药已退回"),
        ("stock_counted", "XC08CAA001A001010100001", "XC08CAA001A001010100001"),
    ],
)
def test_no_word_of_the_program_stands_where_a_clerk_reads(kind, detail, said):
    assert differences.about(kind, detail, SECOND) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no answer", "平台没有答复"),
        ("booked at P33030200002", "平台已记账 第二药店"),
        ("booked -0.05", "已登记 -0.05"),
        ("declined: 余额不足", "平台拒绝：余额不足"),
        ("+3", "+3"),
    ],
)
def test_what_came_of_mending_is_said_in_words(text, said):
    assert differences.outcome(text, SECOND) == said


def test_a_statement_is_told_by_its_name():
    assert differences.verdict("000101") == "中心多"
    assert differences.verdict("999") == "999"
