"""Every sentence of the pages is there in both languages."""

import re
from pathlib import Path

import pytest

import web
from dispensing.clearing.goals import GOALS
from dispensing.clearing.package import ACCOUNTS
from dispensing.forms import apart, layout
from dispensing.gateway.statements import VERDICTS
from dispensing.service.clearing.entering import FIGURES
from routing.plan import REASON_WORDS, Reason, Remedy
from routing.service.reading import REASON_ENGLISH
from web import auth, fields, scope
from web.pages import approvals, clearing, differences, showing, statistics_sheet
from web.words import english

HERE = Path(web.__file__).parent
PAGES = sorted((HERE / "templates").rglob("*.html"))


@pytest.mark.parametrize("page", PAGES, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_every_sentence_of_a_page_has_its_english(page):
    said = set(re.findall(r"say\('([^']*)'", page.read_text("utf-8")))
    assert said <= english().keys()


@pytest.mark.parametrize("page", PAGES, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_a_page_holds_no_script_or_style_of_its_own(page):
    text = page.read_text("utf-8")
    assert not re.search(r"<style|style=|\son\w+=|javascript:", text)
    assert not re.search(r"<script(?! src=)", text)
    assert "http://" not in text and "https://" not in text


def test_every_state_role_and_remedy_has_its_english():
    tables = (showing.STATES, showing.ROLES, showing.REMEDIES, scope.PURPOSES)
    tables += (clearing.LEVELS, clearing.PEOPLE, clearing.CARES, clearing.STAGES)
    tables += ({one.name: one.zh for one in GOALS}, apart.APART)
    tables += (statistics_sheet.MEASURES,)
    tables += (clearing.CLASSES, ACCOUNTS, approvals.KINDS, approvals.PARTS)
    tables += (differences.AMOUNTS, differences.OUTCOMES, VERDICTS)
    said = {words for table in tables for words in table.values()}
    named = (*fields.WORDS.values(), *fields.TILL.values())
    said |= {words for pair in named for words in pair}
    said |= {one.zh for one in FIGURES.values()}
    assert said | {auth.WRONG, auth.WAIT, auth.ASTRAY} <= english().keys()


def test_a_sentence_keeps_its_places_in_english():
    for chinese, words in english().items():
        assert set(re.findall(r"{\w+}", chinese)) == set(re.findall(r"{\w+}", words))


def test_no_english_is_left_over():
    sources = [*PAGES, *HERE.rglob("*.py"), Path(layout.__file__)]
    sources.append(Path(apart.__file__))
    everything = "".join(path.read_text("utf-8") for path in sources)
    everything += "".join(VERDICTS.values())
    everything += "".join(one.zh for one in FIGURES.values())
    everything += "".join(ACCOUNTS.values()) + "".join(one.zh for one in GOALS)
    assert [words for words in english() if words not in everything] == []


def test_every_reason_and_remedy_of_the_planner_has_its_words():
    assert set(Remedy) <= showing.REMEDIES.keys()
    assert set(Reason) <= REASON_WORDS.keys() & REASON_ENGLISH.keys()
