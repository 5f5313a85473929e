"""Answer one message of the interface: open the envelope, do it, spoil it where asked."""

import json
from collections import Counter as Tally
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from time import sleep
from typing import Any

from dispensing.days import CHINA
from dispensing.gateway import Unanswered
from dispensing.gateway.national import Region, Seal, load_region
from dispensing.gateway.national.envelope import MSGID
from dispensing.money import parse_yuan, yuan
from web.sandbox.books import Books, Refused
from web.sandbox.faults import Fault, Faults
from web.sandbox.transactions import TRANSACTIONS, Call

_AREA = "330300"
_SIGNING_IN = {"9001", "9002"}


@dataclass(frozen=True, slots=True)
class Answered:
    """What goes back over HTTP; `of_bytes` is the length that is told."""

    body: bytes
    of_bytes: int
    status: int = 200


@dataclass(slots=True)
class Counter:
    """The sandbox's counter: its books, its faults and how it signs."""

    books: Books
    now: Callable[[], datetime]
    faults: Faults = field(default_factory=Faults)
    region: Region = field(default_factory=lambda: load_region("sandbox"))
    seal: Seal = field(default_factory=Seal)
    last: dict[str, bytes] = field(default_factory=dict)
    done: Tally[str] = field(default_factory=Tally)
    hold_up: Callable[[int], object] = lambda ms: sleep(ms / 1000)

    def answer(self, raw: bytes) -> Answered:
        """Answer one message as it came."""
        try:
            body = self._opened(raw)
            call = self._call(body)
        except Refused as error:
            return _whole(self._no(str(error)))
        fault = self.faults.strike(call.infno, call.person_no())
        if fault is not None:
            return self._spoilt(call, body, fault)
        return _whole(self._done(call, body))

    def _opened(self, raw: bytes) -> Mapping[str, Any]:
        try:
            body = json.loads(raw)
        except (ValueError, RecursionError):
            raise Refused("报文不是 JSON") from None
        if not isinstance(body, dict) or not isinstance(body.get("input"), dict):
            raise Refused("报文缺少 input")
        return body

    def _call(self, body: Mapping[str, Any], off_fen: int = 0) -> Call:
        named = self.region.incoming({k: v for k, v in body.items() if k != "input"})
        infno, msgid = str(named.get("infno")), str(named.get("msgid"))
        institution = str(named.get("fixmedins_code"))
        if infno not in TRANSACTIONS:
            raise Refused(f"交易编号 {infno} 不支持")
        if not MSGID.fullmatch(msgid) or msgid[:12] != institution:
            raise Refused("msgid 格式不正确")
        given = self.region.incoming(body["input"])
        return Call(self.books, infno, msgid, institution, given, self.now(), off_fen)

    def _done(
        self,
        call: Call,
        body: Mapping[str, Any],
        spoil: Callable[[dict[str, Any]], None] = lambda _: None,
    ) -> bytes:
        """Do what a message asks, and write the answer."""
        try:
            self._let_in(call, body)
            output = TRANSACTIONS[call.infno](call)
        except Refused as error:
            return self._no(str(error))
        except Unanswered:
            return self._no("系统异常：账本暂不可用")
        finally:
            self.done[call.infno] += 1
        said = self._written(True, "", json.loads(json.dumps(output)), spoil)
        self.last[call.infno] = said
        return said

    def _let_in(self, call: Call, body: Mapping[str, Any]) -> None:
        """Refuse a message without today's sign-in, or with a signature that is wrong."""
        if not self.seal.verifies(body["input"], str(body.get("cainfo") or "")):
            raise Refused("签名不正确")
        if not self.region.sign_in or call.infno in _SIGNING_IN:
            return
        if not self.books.is_signed_in(call.institution, str(body.get("sign_no"))):
            raise Refused("未签到")

    def _no(self, words: str) -> bytes:
        return self._written(False, words, {})

    def _written(
        self,
        ok: bool,
        words: str,
        output: dict[str, Any],
        spoil: Callable[[dict[str, Any]], None] = lambda _: None,
    ) -> bytes:
        now = self.now().astimezone(CHINA)
        output = self.region.outgoing(output)
        body = {
            "infcode": "0" if ok else "-1",
            "inf_refmsgid": f"{_AREA}{now:%Y%m%d%H%M%S}{self.books.reference():010d}",
            "refmsg_time": f"{now:%Y%m%d%H%M%S}{now.microsecond // 1000:03d}",
            "respond_time": f"{now:%Y%m%d%H%M%S}{now.microsecond // 1000:03d}",
            "err_msg": words,
            "signtype": self.seal.kind,
            "output": output,
        }
        # What is spoilt is signed as it is, but for the signature itself.
        spoil(body)
        if self.region.replies:
            signed = self.seal.sign(output)
            body["cainfo"] = _turned(signed) if "cainfo" in body else signed
        return json.dumps(body, ensure_ascii=False).encode()

    def _spoilt(self, call: Call, body: Mapping[str, Any], fault: Fault) -> Answered:
        """Answer as a fault says; what is booked by it is booked."""
        kind = fault.kind
        if kind == "refuse":
            return _whole(self._no("业务暂停受理"))
        if kind in {"timeout_before", "down"}:
            self.hold_up(fault.ms)
            return Answered(b"", 0, 503)
        if kind == "late":
            self.hold_up(fault.ms)
        if kind == "wrong_amount":
            call = self._call(body, off_fen=1)
        before = self.last.get(call.infno, b"{}")
        said = self._done(call, body, _SPOILERS.get(kind, lambda _: None))
        if kind in {"timeout_after", "slow"}:
            self.hold_up(fault.ms)
        instead: dict[str, Callable[[], bytes]] = {
            "garbage": self.faults.garbage,
            "duplicate": lambda: before,
            "repeated": lambda: self._no("报文重复"),
        }
        if kind in instead:
            return _whole(instead[kind]())
        if kind == "half":
            return Answered(said[: len(said) // 2], len(said))
        return _whole(said)


def _whole(body: bytes) -> Answered:
    return Answered(body, len(body))


def _of_another(body: dict[str, Any]) -> None:
    info = body["output"].get("setlinfo")
    if info:
        number = str(info["medins_setl_id"])
        info["medins_setl_id"] = f"{number[:-4]}{(int(number[-4:]) + 1) % 10_000:04d}"


def _told_wrong(body: dict[str, Any]) -> None:
    """Say a fen more of the fund and less of cash, or the other way round."""
    info = body["output"].get("setlinfo")
    if info:
        off = 1 if parse_yuan(info["psn_cash_pay"]) else -1
        for name, fen in (("fund_pay_sumamt", off), ("psn_cash_pay", -off)):
            info[name] = yuan(parse_yuan(info[name]) + fen)


def _signed_wrong(body: dict[str, Any]) -> None:
    body["cainfo"] = ""


def _turned(signature: str) -> str:
    """Spoil a signature, so that it is another one of the same length."""
    return signature[::-1] if signature != signature[::-1] else f"0{signature[1:]}"


_SPOILERS: Mapping[str, Callable[[dict[str, Any]], None]] = {
    "wrong_msgid": _of_another,
    "wrong_told": _told_wrong,
    "wrong_signature": _signed_wrong,
}
