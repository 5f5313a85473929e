"""Clients who settle, reverse and pay, each act under a key, until they get an answer."""

import http.client
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Any
from uuid import uuid4

from fixtures import cast
from fixtures.values import Person
from tests import road, world
from tests.crash.town import Town, message

CLIENTS = 8
TWICE = 0.2  # of the acts are sent by two at the same moment
REVERSED = 0.3
SETTLED_AGAIN = 0.5
TENDERED = 0.25
CODE_ISSUED = 0.25
HANDED_IN = 0.25
CLOSED = 0.1
PAUSE_S = 0.05
ANSWER_S_MAX = 150
OPEN = {"pending", "unknown", "reversing"}


class NoAnswer(AssertionError):
    """A client waited too long for an answer that stays."""


@dataclass
class Asked:
    """One act under its key, and every answer that stays: status and body."""

    kind: str
    person_no: str
    key: str
    method: str
    path: str
    body: dict[str, Any]
    who: str = "counter"
    answers: list[tuple[int, bytes]] = field(default_factory=list)

    @property
    def said(self) -> Any:
        """Give the first answer's JSON."""
        return json.loads(self.answers[0][1])

    @property
    def went_well(self) -> bool:
        """Tell whether the first answer is a success."""
        return self.answers[0][0] < 300

    @property
    def came_second(self) -> bool:
        """Tell whether another clerk had closed the till meanwhile: a fair refusal."""
        said = self.answers[0][1]
        return self.kind == "close" and b"urn:yaoda:problem:closed-meanwhile" in said


@dataclass
class Load:
    """Clients at work on a town; `ports` are where the workers listen."""

    town: Town
    ports: list[int]
    seed: int
    done: list[Asked] = field(default_factory=list)
    numbers: Any = field(default_factory=lambda: count(1))
    faults: list[BaseException] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)
    threads: list[threading.Thread] = field(default_factory=list)

    def __enter__(self) -> "Load":
        for no in range(CLIENTS):
            chance = Random(f"{self.seed} {no}")
            thread = threading.Thread(target=self._live, args=(chance,))
            self.threads.append(thread)
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        for thread in self.threads:
            thread.join()

    def settled(self) -> int:
        """Tell how many settlements were acknowledged so far."""
        return sum(each.kind == "settle" for each in list(self.done))

    def ask_late(self) -> None:
        """Send what stands a second time, long after its answer."""
        reversed_ = {each.said["id"] for each in self.done if each.kind == "reverse"}
        for asked in self.done[:: max(1, len(self.done) // 40)]:
            if asked.kind == "reverse" or asked.said.get("id") not in reversed_:
                asked.answers.append(self._final(asked, Random(self.seed)))

    def _live(self, chance: Random) -> None:
        try:
            while not self.stop.is_set():
                self._one_patient(chance)
        except BaseException as error:
            self.faults.append(error)
            self.stop.set()

    def _one_patient(self, chance: Random) -> None:
        town = self.town
        person = chance.choice(town.at_cap + town.free)
        number = next(self.numbers)
        rx = self._do(
            chance,
            Asked(
                *("receive", person.person_no, _key(), "POST", "/prescriptions"),
                message(person, number),
                "hospital",
            ),
        ).said["id"]
        settled = self._settle(chance, person, rx, number)
        if person in town.free and chance.random() < REVERSED:
            self._reverse(chance, person, settled["id"])
            if chance.random() < SETTLED_AGAIN:
                settled = self._settle(chance, person, rx, number)
        elif chance.random() < TENDERED:
            self._tender(chance, person, settled)
        self._others(chance, person)

    def _others(self, chance: Random, person: Person) -> None:
        """Do what only the client's key keeps from being done twice."""
        if chance.random() < CODE_ISSUED:
            wanted = {"purpose": "settle", "outlet": cast.LUCHENG_PHARMACY}
            asked = Asked(
                *("code", person.person_no, _key(), "POST", "/insurance-codes"),
                wanted,
                "alice",
            )
            self._do(chance, asked)
        if chance.random() < HANDED_IN:
            body = {"courier": road.COURIER, "amount_fen": 1}
            asked = Asked(
                "hand in", person.person_no, _key(), "POST", "/till/hand-ins", body
            )
            self._do(chance, asked)
        if chance.random() < CLOSED:
            counted = {"cash": 100, "bank_card": 0, "mobile": 0}
            body = {"counted": counted, "reason": "交班时点数"}
            asked = Asked(
                "close", person.person_no, _key(), "POST", "/till/closings", body
            )
            self._do(chance, asked)

    def _settle(self, chance: Random, person: Person, rx: str, number: int) -> Any:
        """Settle as a counter does: scan again where it came to nothing."""
        while True:
            body = {
                "voucher": "card",
                "scanned_code": person.id_number,
                "trace_codes": _codes(number),
                "override": {"reason": "药师已核对"},
                "tender": chance.choice(["cash", "mobile", "bank_card"]),
            }
            path = f"/prescriptions/{rx}/settlement"
            asked = Asked("settle", person.person_no, _key(), "PUT", path, body)
            if (said := self._do(chance, asked).said)["state"] != "void":
                return said

    def _reverse(self, chance: Random, person: Person, settlement_id: str) -> None:
        path = f"/settlements/{settlement_id}/reversal"
        body = {"reason": "wrong_entry"}
        self._do(chance, Asked("reverse", person.person_no, _key(), "POST", path, body))

    def _tender(self, chance: Random, person: Person, settled: Any) -> None:
        cash_fen = chance.randint(0, settled["cash_fen"])
        parts = {"cash": cash_fen, "mobile": settled["cash_fen"] - cash_fen}
        path = f"/settlements/{settled['id']}/tenders"
        body = {"parts": parts}
        self._do(chance, Asked("tender", person.person_no, _key(), "PUT", path, body))

    def _do(self, chance: Random, asked: Asked) -> Asked:
        """Ask until there is an answer that stays; some ask twice at once."""
        twin: list[threading.Thread] = []

        def ask(seed: float) -> None:
            asked.answers.append(self._final(asked, Random(seed)))

        if chance.random() < TWICE:
            twin.append(threading.Thread(target=self._guarded(ask, chance.random())))
            twin[0].start()
        try:
            ask(chance.random())
        finally:
            for thread in twin:
                thread.join()
        self.done.append(asked)
        if not (asked.went_well or asked.came_second):
            raise AssertionError(f"{asked.kind}: {asked.answers[0]}")
        return asked

    def _guarded(self, act: Callable[[float], None], seed: float) -> Callable[[], None]:
        def run() -> None:
            try:
                act(seed)
            except BaseException as error:
                self.faults.append(error)

        return run

    def _final(self, asked: Asked, chance: Random) -> tuple[int, bytes]:
        """Ask one worker or the other until the answer is one that stays."""
        until = time.monotonic() + ANSWER_S_MAX
        while time.monotonic() < until:
            answer = _send(chance.choice(self.ports), asked, self.town.tokens)
            if answer is not None and _stays(*answer):
                return answer
            time.sleep(PAUSE_S * (1 + chance.random()))
        raise NoAnswer(f"{asked.kind} {asked.path}: {answer}")


def _stays(status: int, body: bytes) -> bool:
    if status >= 500:
        return False
    said = json.loads(body)
    if status == 409:
        waits = ("key-running", "still-running", "in-use-elsewhere")
        return not any(said["type"].endswith(each) for each in waits)
    return said.get("state") not in OPEN


def _send(port: int, asked: Asked, tokens: dict[str, str]) -> tuple[int, bytes] | None:
    """Send a request once; None where no whole answer comes."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {
        "Authentication-Token": tokens[asked.who],
        "Idempotency-Key": asked.key,
        "Content-Type": "application/json",
    }
    try:
        body = json.dumps(asked.body)
        connection.request(asked.method, f"/api{asked.path}", body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def _codes(number: int) -> dict[str, list[str]]:
    return {str(no): list(c) for no, c in world.trace_codes(batch=number).items()}


def _key() -> str:
    return uuid4().hex
