"""A settlement whose answer was lost: people see it, ask about it, and charge nothing again."""

import re
from dataclasses import replace

import pytest

from dispensing.gateway import Unanswered
from dispensing.gateway.sandbox import SandboxGateway
from tests.platform import send, sent, settlement
from web import sweeping

STILL = "医保平台还没有答复，结果未知"


class Deaf(SandboxGateway):
    """A platform that books what it is told and answers nothing, until it is asked again."""

    deaf = True
    charges = 0

    def charge(self, charge):
        self.charges += 1
        super().charge(charge)
        raise Unanswered(charge.msgid)

    def query(self, msgid):
        if self.deaf:
            raise Unanswered(msgid)
        return super().query(msgid)

    def reverse(self, msgid, *at):
        if self.deaf:
            raise Unanswered(msgid)
        super().reverse(msgid, *at)


@pytest.fixture
def deaf(platform):
    """Put a platform that does not answer behind the counter."""
    gateway = Deaf(":memory:")
    desk = platform.app.extensions["desk"]
    platform.app.extensions["desk"] = replace(desk, gateway=gateway)
    return gateway


def unknown(platform) -> str:
    rx = sent(platform)
    path = f"/prescriptions/{rx}/settlement"
    answer = platform.program("counter").put(path, settlement(platform))
    assert answer["state"] == "unknown"
    return f"/counter/prescriptions/{rx}"


def held(page: str) -> str:
    return re.findall(r'name="settlement" value="([^"]+)"', page)[0]


def test_the_page_counts_down_to_the_next_question(platform, deaf):
    here, counter = unknown(platform), platform.person("counter")
    assert "data-asks-in" not in counter.get(here).text  # another program sweeps
    with sweeping.sweeping(platform.app, 60):
        page = counter.get(here).text
    (left_s,) = re.findall(r'data-asks-in="(\d+)"', page)
    assert 50 <= int(left_s) <= 60
    assert "不会再次扣款" in page
    assert f'action="{here}/settle"' not in page


def test_the_button_asks_now_and_charges_nothing_again(platform, deaf):
    here, counter = unknown(platform), platform.person("counter")
    page = counter.get(here).text
    assert STILL in send(counter, f"{here}/resolve", settlement=held(page)).text
    deaf.deaf = False
    page = send(counter, f"{here}/resolve", settlement=held(page)).text
    assert STILL not in page
    assert "已结算" in page
    assert deaf.charges == 1


def test_a_reversal_without_an_answer_is_asked_about_in_the_same_place(platform, deaf):
    here, counter = unknown(platform), platform.person("counter")
    deaf.deaf = False
    page = counter.get(here).text
    page = send(counter, f"{here}/resolve", settlement=held(page)).text
    deaf.deaf = True
    named = {"settlement": held(page), "reason": "wrong_entry"}
    page = send(counter, f"{here}/reverse", **named).text
    assert "冲正中" in page
    assert "结果未知" in page
    deaf.deaf = False
    (reason,) = re.findall(r'name="reason" value="(\w+)"', page)
    page = send(counter, f"{here}/reverse", **{**named, "reason": reason}).text
    assert "已冲正" in page


def test_a_page_names_the_settlement_that_it_shows(platform, deaf):
    here, counter = unknown(platform), platform.person("counter")
    for act in ("resolve", "reverse"):
        answer = send(counter, f"{here}/{act}", reason="wrong_entry")
        assert answer.status_code == 422
        assert "请刷新页面后重试" in answer.text
