"""What a scenario knows of the settlement platform that it asks: the interface, raw.

Nothing of our own client is used: what is held against the platform is what is on the line.
"""

import json
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any

import httpx

from dispensing.days import CHINA
from dispensing.gateway import Unanswered
from dispensing.gateway.national.amounts import fen_of
from dispensing.gateway.statements import Entry
from web.conformance.script import Missed

_numbers = count(1)


@dataclass
class Platform:
    """What one scenario knows: whom it asks, in whose name, and what was answered."""

    client: httpx.Client
    institution: str
    people: dict[str, dict[str, str]]
    begun: datetime
    cap_fen: int | None = None
    sign_no: str = ""
    msgids: dict[str, str] = field(default_factory=dict)
    replies: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: dict[str, dict[str, Any]] = field(default_factory=dict)
    reply: dict[str, Any] = field(default_factory=dict)
    status: int = 0
    balance: str = ""
    entries: tuple[Entry, ...] = ()

    def msgid(self, name: str) -> str:
        """Give the number that a name stands for, a new one where it is new."""
        if name not in self.msgids:
            now = self.begun.astimezone(CHINA)
            number = next(_numbers) % 10_000
            self.msgids[name] = f"{self.institution}{now:%Y%m%d%H%M%S}{number:04d}"
        return self.msgids[name]

    def send(self, infno: str, given: Any, msgid: str = "", **changes: str) -> None:
        """Send one message and keep what is answered; Missed where it is no answer."""
        now = self.begun.astimezone(CHINA)
        area = self.institution[1:7]
        body = {
            "infno": infno,
            "msgid": msgid or self.msgid(f"_{next(_numbers)}"),
            "mdtrtarea_admvs": area,
            "insuplc_admdvs": area,
            "recer_sys_code": "YBXT",
            "dev_no": "",
            "dev_safe_info": "",
            "cainfo": "",
            "signtype": "none",
            "infver": "V1.0",
            "opter_type": "1",
            "opter": "conformance",
            "opter_name": "conformance",
            "inf_time": f"{now:%Y-%m-%d %H:%M:%S}",
            "fixmedins_code": self.institution,
            "fixmedins_name": self.institution,
            "sign_no": self.sign_no,
            "input": given,
            **changes,
        }
        self.post(json.dumps(body, ensure_ascii=False).encode())

    def post(self, body: bytes) -> None:
        """Send some bytes and keep what is answered."""
        try:
            answer = self.client.post("", content=body)
            self.status = answer.status_code
            self.reply = answer.json() if self.status == 200 else {}
        except (httpx.HTTPError, ValueError) as error:
            raise Missed(f"没有可读的应答（{type(error).__name__}）") from None
        if not isinstance(self.reply, dict):
            raise Missed("应答不是 JSON 对象")

    @property
    def output(self) -> dict[str, Any]:
        """Give the output of the last answer; Missed where it says no."""
        if str(self.reply.get("infcode")) != "0":
            raise Missed(f"应答为失败：{self.reply.get('err_msg')}")
        found = self.reply.get("output")
        if not isinstance(found, dict):
            raise Missed("应答没有 output")
        return found

    def info(self) -> dict[str, Any]:
        """Give the setlinfo of the last answer."""
        found = self.output.get("setlinfo")
        if not isinstance(found, dict):
            raise Missed("应答没有 setlinfo")
        return found


def expect(found: object, wanted: object, what: str) -> None:
    """Raise Missed where something is not as it must be."""
    if found != wanted:
        raise Missed(f"{what}：应为 {wanted}，实为 {found}")


def fen(info: dict[str, Any], name: str) -> int:
    """Read an amount of an answer; Missed where it is none."""
    try:
        return fen_of(info.get(name, "0"), name)
    except Unanswered as error:
        raise Missed(f"{name} 不是金额：{error}") from None
