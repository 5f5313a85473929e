"""Faults on demand: which answers go wrong, for whom and how often, the same for each seed."""

import json
import threading
from dataclasses import dataclass, field, fields
from pathlib import Path
from random import Random
from typing import Any

KINDS = {
    "timeout_before": "没有入账，也不应答",
    "timeout_after": "入账了，但应答在对方放弃之后",
    "late": "对方放弃之后才入账",
    "slow": "入账并应答，但慢",
    "down": "503，没有入账",
    "garbage": "入账了，应答是乱码",
    "half": "入账了，应答只有一半",
    "duplicate": "入账了，应答是上一条的",
    "repeated": "入账了，应答却说重复",
    "wrong_msgid": "入账了，应答里的单据号是别人的",
    "wrong_amount": "多记一分钱的统筹基金",
    "wrong_told": "入账正确，应答错一分钱",
    "wrong_signature": "入账了，应答的签名不对",
    "refuse": "不受理",
}


class BadFault(ValueError):
    """A fault that is asked for is not known."""


@dataclass(slots=True)
class Fault:
    """One fault: of which messages, how many of them, and how long it holds them up."""

    kind: str
    infno: str = ""  # "" : any
    person_no: str = ""
    times: int = 0  # 0: until it is taken away
    every: int = 1  # each so many-th of them
    chance_permyriad: int = 10_000
    ms: int = 0
    met: int = field(default=0, compare=False)
    done: int = field(default=0, compare=False)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise BadFault(f"{self.kind}: expected one of {', '.join(KINDS)}")
        whole = (self.times, self.every, self.chance_permyriad, self.ms)
        if not all(type(each) is int and each >= 0 for each in whole):
            raise BadFault("times, every, chance_permyriad and ms are whole numbers")
        if self.every < 1 or self.ms > 600_000:
            raise BadFault("every is at least 1, ms at most 600000")

    def told(self) -> dict[str, Any]:
        """Tell of a fault what was asked for, and how often it has struck."""
        return {each.name: getattr(self, each.name) for each in fields(self)}


class Faults:
    """The faults that are set; thread-safe, drawn from one seed."""

    def __init__(self, seed: int = 1) -> None:
        self._chance = Random(seed)
        self._lock = threading.Lock()
        self._set: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Set one more fault."""
        with self._lock:
            self._set.append(fault)

    def clear(self) -> None:
        """Take all faults away."""
        with self._lock:
            self._set.clear()

    def told(self) -> list[dict[str, Any]]:
        """List the faults that are set."""
        with self._lock:
            return [each.told() for each in self._set]

    def strike(self, infno: str, person_no: str) -> Fault | None:
        """Say which fault a message meets: the first that is for it and not used up."""
        with self._lock:
            for fault in self._set:
                if fault.infno not in ("", infno):
                    continue
                if fault.person_no not in ("", person_no):
                    continue
                if self._falls(fault):
                    return fault
        return None

    def garbage(self) -> bytes:
        """Make some bytes that are no answer."""
        with self._lock:
            return self._chance.randbytes(200)

    def _falls(self, fault: Fault) -> bool:
        if fault.times and fault.done >= fault.times:
            return False
        fault.met += 1
        if fault.met % fault.every:
            return False
        if self._chance.randrange(10_000) >= fault.chance_permyriad:
            return False
        fault.done += 1
        return True


def read_fault(raw: Any) -> Fault:
    """Read a fault as JSON tells it; raises BadFault."""
    if not isinstance(raw, dict) or "kind" not in raw:
        raise BadFault("expected an object with a kind")
    unknown = raw.keys() - {each.name for each in fields(Fault)} | (
        raw.keys() & {"met", "done"}
    )
    if unknown:
        raise BadFault(f"{min(unknown)} is not known")
    return Fault(**raw)


def read_spoken(text: str) -> Fault:
    """Read a fault of the command line, such as "half infno=2102 times=1".

    >>> read_spoken("slow ms=500 infno=2102").ms
    500
    """
    kind, *pairs = text.split()
    raw: dict[str, Any] = {"kind": kind}
    for pair in pairs:
        name, _, value = pair.partition("=")
        texts = {"infno", "person_no"}
        raw[name] = value if name in texts else _whole(name, value)
    return read_fault(raw)


def read_file(path: Path) -> list[Fault]:
    """Read the faults of a file: a JSON list."""
    try:
        raw = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise BadFault(f"{path}: {error}") from error
    if not isinstance(raw, list):
        raise BadFault(f"{path}: expected a list")
    return [read_fault(each) for each in raw]


def _whole(name: str, value: str) -> int:
    if not value.isdigit():
        raise BadFault(f"{name}={value}: expected a whole number")
    return int(value)
