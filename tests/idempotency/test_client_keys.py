"""One key, one act, one answer: however often, however fast, and after a crash."""

import re
import threading
from dataclasses import replace
from uuid import uuid4

import pytest
from sqlmodel import func, select

from dispensing.gateway import Charge, Receipt, Unanswered
from dispensing.gateway.sandbox import SandboxGateway
from dispensing.sealed import unseal
from dispensing.tables import LedgerRow, SettlementRow
from tests.platform import codes, csrf, reversal, sent, settled, settlement
from web import client_keys, db, sweeping
from web.client_keys import HEADER, REPLAYED
from web.tables import ClientKeyRow

TIMES = 50


class Killed(BaseException):
    """The worker dies at this line: nothing in it may catch this."""


def key(text: str | None = None) -> dict[str, str]:
    return {HEADER: text or uuid4().hex}


def ask(program, rx, asked, headers):
    path = f"/prescriptions/{rx}/settlement"
    return program.ask("PUT", path, asked, headers=headers)


def count(platform, table) -> int:
    with db.open_session(platform.app.extensions["engine"], read_only=True) as session:
        return int(session.exec(select(func.count()).select_from(table)).one())


def use_gateway(platform, gateway) -> None:
    desk = platform.app.extensions["desk"]
    platform.app.extensions["desk"] = replace(desk, gateway=gateway)


def test_the_same_request_gets_the_first_answer_byte_for_byte(platform):
    rx, asked, once = sent(platform), settlement(platform), key()
    counter = platform.program("counter")
    first = ask(counter, rx, asked, once)
    again = ask(counter, rx, dict(reversed(asked.items())), once)
    assert (first.status_code, first.json["state"]) == (200, "posted")
    assert (again.status_code, again.data) == (200, first.data)
    assert again.content_type == first.content_type
    assert REPLAYED not in first.headers
    assert again.headers[REPLAYED] == "true"
    assert count(platform, SettlementRow) == 1


def test_an_answer_with_a_place_keeps_its_status(platform):
    wanted = {"purpose": "settle", "outlet": "P33030200001"}
    alice, once = platform.program("alice"), key()
    first = alice.ask("POST", "/insurance-codes", wanted, headers=once)
    again = alice.ask("POST", "/insurance-codes", wanted, headers=once)
    other = alice.ask("POST", "/insurance-codes", wanted, headers=key())
    assert (again.status_code, again.data) == (201, first.data)
    assert other.data != first.data


def test_without_a_key_nothing_changes(platform):
    rx, asked = sent(platform), settlement(platform)
    counter = platform.program("counter")
    first = ask(counter, rx, asked, {})
    assert ask(counter, rx, asked, {}).json == first.json
    assert count(platform, ClientKeyRow) == 0


def test_fifty_at_once_make_one_settlement_and_get_one_answer(platform):
    rx, asked, once = sent(platform), settlement(platform), key()
    counter = platform.program("counter")
    answers, start = [None] * TIMES, threading.Barrier(TIMES)

    def run(no: int) -> None:
        start.wait()
        answer = ask(counter, rx, asked, once)
        while answer.status_code == 409 and "Retry-After" in answer.headers:
            assert answer.json["type"] == "urn:yaoda:problem:key-running"
            threading.Event().wait(0.05)
            answer = ask(counter, rx, asked, once)
        answers[no] = answer.status_code, answer.data

    threads = [threading.Thread(target=run, args=(no,)) for no in range(TIMES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {status for status, _ in answers} == {200}
    assert len(set(answers)) == 1
    assert count(platform, SettlementRow) == 1


def test_a_refusal_is_final_under_its_key(platform):
    rx, asked, once = sent(platform), settlement(platform), key()
    counter = platform.program("counter")
    refused = {**asked, "trace_codes": {}}
    first = ask(counter, rx, refused, once)
    assert (first.status_code, first.json["type"][18:]) == (409, "refused")
    again = ask(counter, rx, refused, once)
    assert (again.status_code, again.data) == (409, first.data)
    # The insurance code was spent by the refused one.
    anew = settlement(platform)
    assert ask(counter, rx, anew, key()).json["state"] == "posted"


@pytest.mark.parametrize(
    "change",
    [
        {"tender": "mobile"},
        {"trace_codes": {"1": codes()["1"][:2]}},
        {"override": {"reason": "药师已核对"}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_another_body_under_a_key_is_refused(platform, change):
    rx, asked, once = sent(platform), settlement(platform), key()
    counter = platform.program("counter")
    ask(counter, rx, asked, once)
    answer = ask(counter, rx, {**asked, **change}, once)
    assert answer.status_code == 409
    assert answer.json["type"] == "urn:yaoda:problem:key-used-otherwise"
    assert "Retry-After" not in answer.headers


def test_another_prescription_under_a_key_is_refused(platform):
    one, two, once = sent(platform, 1), sent(platform, 2), key()
    asked, counter = settlement(platform), platform.program("counter")
    ask(counter, one, asked, once)
    assert ask(counter, two, asked, once).status_code == 409
    path = f"/prescriptions/{one}/checks"
    assert counter.ask("POST", path, {}, headers=once).status_code == 409
    assert count(platform, SettlementRow) == 1


def under_key(platform, body):
    """Send a body to an act that takes any."""
    sent = {"method": "POST", "json": body, "headers": {HEADER: "k"}}
    with platform.app.test_request_context("/api/tills", **sent):
        return client_keys.answer_once("counter", lambda: ({"done": body}, 200))


def test_an_amount_changed_by_one_fen_is_another_request(platform):
    first = under_key(platform, {"amount_fen": 12_600, "by": "cash"})
    assert under_key(platform, {"by": "cash", "amount_fen": 12_600}).data == first.data
    with pytest.raises(client_keys.KeyUsedOtherwise):
        under_key(platform, {"amount_fen": 12_601, "by": "cash"})


def test_what_cannot_be_read_does_not_use_its_key_up(platform):
    rx, asked, once = sent(platform), settlement(platform), key()
    counter = platform.program("counter")
    path = f"/prescriptions/{rx}/settlement"
    assert ask(counter, rx, {**asked, "tender": "shells"}, once).status_code == 422
    broken = counter.ask(
        "PUT", path, headers={**once, "Content-Type": "application/json"}, data=b"{"
    )
    assert broken.status_code == 400
    assert ask(counter, uuid4(), asked, once).status_code == 404
    stranger = platform.program("alice")
    assert ask(stranger, rx, asked, once).status_code == 403
    anew = settlement(platform)
    assert ask(counter, rx, anew, once).json["state"] == "posted"


@pytest.mark.parametrize("bad", ["a b", "é", "k" * 256])
def test_a_key_is_short_and_plain(platform, bad):
    answer = ask(platform.program("counter"), uuid4(), {}, {HEADER: bad})
    assert answer.status_code == 400
    assert "visible ASCII" in answer.json["detail"]


def test_two_accounts_may_use_one_key_and_see_their_own_answers(platform):
    rx, asked, once = sent(platform), settlement(platform), key("receipt-1")
    mine = ask(platform.program("counter"), rx, asked, once)
    theirs = ask(platform.program("second-counter"), rx, asked, once)
    assert mine.status_code == 200
    assert theirs.status_code == 409
    assert theirs.json["type"] == "urn:yaoda:problem:settled-elsewhere"
    assert count(platform, ClientKeyRow) == 2


class Dying(SandboxGateway):
    """A platform that books the charge of a worker that dies before it hears so."""

    def charge(self, charge: Charge) -> Receipt:
        super().charge(charge)
        raise Killed


def test_a_key_whose_worker_died_is_taken_over_after_its_lease(
    platform, tmp_path, later
):
    books = tmp_path / "books.db"
    rx, asked, once = sent(platform), settlement(platform), key()
    counter = platform.program("counter")
    use_gateway(platform, Dying(books))
    with pytest.raises(Killed):
        ask(counter, rx, asked, once)
    use_gateway(platform, SandboxGateway(books))
    waiting = ask(counter, rx, asked, once)
    assert (waiting.status_code, waiting.headers["Retry-After"]) == (409, "2")
    later(seconds=31)
    finished = ask(counter, rx, asked, once)
    assert (finished.status_code, finished.json["state"]) == (200, "posted")
    assert ask(counter, rx, asked, once).data == finished.data
    assert count(platform, SettlementRow) == 1


def test_a_crash_between_the_act_and_its_answer_charges_nothing_twice(
    platform, later, monkeypatch
):
    rx, asked, once = sent(platform), settlement(platform), key()
    counter = platform.program("counter")

    def dies(*_):
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(client_keys, "_keep", dies)
        with pytest.raises(Killed):
            ask(counter, rx, asked, once)
    ledger = count(platform, LedgerRow)
    later(seconds=31)
    answer = ask(counter, rx, asked, once)
    assert answer.json["state"] == "posted"
    assert count(platform, SettlementRow) == 1
    assert count(platform, LedgerRow) == ledger


def test_only_one_of_several_takes_a_dead_ones_key_over(platform, later, monkeypatch):
    rx, asked, once = sent(platform), settlement(platform), key()
    counter = platform.program("counter")
    with monkeypatch.context() as patched:
        patched.setattr(client_keys, "_keep", lambda _, response: response)
        first = ask(counter, rx, asked, once)
    later(seconds=31)
    taken, take_over = [], client_keys._take_over

    def watched(*given):
        taken.append(take_over(*given))
        return taken[-1]

    monkeypatch.setattr(client_keys, "_take_over", watched)
    threads = [
        threading.Thread(target=ask, args=(counter, rx, asked, once)) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert taken.count(True) == 1
    assert ask(counter, rx, asked, once).data == first.data


def test_a_day_later_the_key_is_forgotten_and_the_domain_still_answers_once(
    platform, later
):
    rx, asked, once = sent(platform), settlement(platform), key()
    counter = platform.program("counter")
    first = ask(counter, rx, asked, once)
    later(hours=23, minutes=59)
    sweeping.sweep(platform.app)
    assert count(platform, ClientKeyRow) == 1
    later(minutes=2)
    sweeping.sweep(platform.app)
    assert count(platform, ClientKeyRow) == 0
    counter = platform.program("counter")  # the token of yesterday is over
    answer = ask(counter, rx, asked, once)
    assert REPLAYED not in answer.headers
    assert answer.json == first.json
    assert count(platform, SettlementRow) == 1


class Silent(SandboxGateway):
    """A platform that books a charge and loses its answer."""

    def charge(self, charge: Charge) -> Receipt:
        super().charge(charge)
        raise Unanswered(charge.msgid)


def test_an_open_outcome_is_no_first_answer(platform, tmp_path):
    rx, asked, once = sent(platform), settlement(platform), key()
    counter = platform.program("counter")
    use_gateway(platform, Silent(tmp_path / "books.db"))
    assert ask(counter, rx, asked, once).json["state"] == "unknown"
    known = ask(counter, rx, asked, once)
    assert known.json["state"] == "posted"
    assert ask(counter, rx, asked, once).data == known.data
    assert count(platform, SettlementRow) == 1


def test_a_late_reversal_does_not_reach_a_newer_settlement(platform):
    rx, once, why = settled(platform), key(), {"reason": "wrong_entry"}
    counter, path = platform.program("counter"), reversal(platform, rx)
    first = counter.ask("POST", path, why, headers=once)
    newer = ask(counter, rx, settlement(platform, 2), key()).json
    for headers in (once, key(), {}):  # with its key, with another, with none
        late = counter.ask("POST", path, why, headers=headers)
        assert late.json == first.json
    counter.post(path.replace("reversal", "resolution"))
    held = counter.get(f"/prescriptions/{rx}/settlement")
    assert (held["id"], held["state"]) == (newer["id"], "posted")


def test_an_answer_is_kept_sealed(platform):
    rx, asked, once = sent(platform), settlement(platform), key()
    first = ask(platform.program("counter"), rx, asked, once)
    engine = platform.app.extensions["engine"]
    with db.open_session(engine, read_only=True) as session:
        kept = session.exec(select(ClientKeyRow)).one()
    plain = " ".join((kept.fingerprint, str(kept.answer_sealed)))
    assert first.json["msgid"] not in plain
    assert asked["scanned_code"] not in plain
    vault = platform.app.extensions["desk"].vault
    assert '"status": 200' in unseal(vault, kept, "answer_sealed")


def test_a_page_sends_its_own_key_and_a_second_click_changes_nothing(platform):
    rx, counter = sent(platform), platform.person("counter")
    here = f"/counter/prescriptions/{rx}"
    counter.post(f"{here}/check", data=form(counter, here, "check"))
    asked = settlement(platform)
    fields = {
        **form(counter, here, "settle"),
        "scanned_code": asked["scanned_code"],
        "trace_1": "\n".join(asked["trace_codes"]["1"]),
    }
    first = counter.post(f"{here}/settle", data=fields)
    second = counter.post(f"{here}/settle", data=fields)
    assert (first.status_code, first.location) == (302, here)
    assert (second.status_code, second.location) == (302, here)
    assert second.headers[REPLAYED] == "true"
    assert count(platform, SettlementRow) == 1


def test_a_page_that_was_refused_may_be_corrected_and_sent_again(platform):
    rx, counter = sent(platform), platform.person("counter")
    here = f"/counter/prescriptions/{rx}"
    counter.post(f"{here}/check", data=form(counter, here, "check"))
    fields = {**form(counter, here, "settle"), "scanned_code": "not a code"}
    assert counter.post(f"{here}/settle", data=fields).status_code == 409
    fields["scanned_code"] = settlement(platform)["scanned_code"]
    fields["trace_1"] = "\n".join(codes()["1"])
    assert counter.post(f"{here}/settle", data=fields).status_code == 302


def form(client, here: str, name: str) -> dict[str, str]:
    """Read what a page's form carries by itself."""
    page = client.get(here).text
    (part,) = re.findall(rf'action="{here}/{name}"[^>]*>(.*?)</form>', page, re.DOTALL)
    found = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', part)
    fields = dict(found)
    assert fields["csrf_token"] == csrf(part)
    assert len(fields["client_key"]) == 24
    return {**fields, "voucher": "e_code"}
