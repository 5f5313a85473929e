"""What else the interface is asked for: people, filings, trials, sales, deliveries.

1101 person, 5301 filings of slow diseases, 2101 trial, 2103 undo, 3505 and 3506 sale and return
with trace codes, 7209 and 7210 delivery. The fields of the last two are not public: they are
ours, and stand here alone.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from dispensing.days import CHINA
from dispensing.gateway import Charge, ChargeDeclined
from dispensing.gateway.national.amounts import Booked, fen_of, read_booked
from dispensing.gateway.national.client import NationalGateway, charge_input
from dispensing.gateway.national.envelope import Reply, Unreadable, worded
from dispensing.gateway.national.speaking import Duplicate, NotSignedIn, node, nodes
from dispensing.gateway.people import Filing, Insurance, PersonInfo
from dispensing.gateway.statements import INSURANCE_TYPES
from dispensing.gateway.uploads import (
    RETURNED,
    SENT_OUT,
    SIGNED_FOR,
    SOLD,
    Delivery,
    Refusal,
    Sale,
)

_ACTIVE = "1"
_SCHEMES = {code: scheme for scheme, code in INSURANCE_TYPES.items()}


class NationalDesk(NationalGateway):
    """The platform with everything that an outlet asks of it besides settling."""

    def person(self, outlet_code: str, certificate: str, number: str) -> PersonInfo:
        """Ask who a voucher belongs to (1101): `certificate` is 01 e-code, 02 ID card, 03 card."""
        data = {
            "mdtrt_cert_type": certificate,
            "mdtrt_cert_no": number,
            "psn_cert_type": "01",
            "certno": number if certificate == "02" else "",
        }
        reply = _yes(self.speaker.ask("1101", outlet_code, {"data": data}))
        base = node(reply.output, "baseinfo")
        held = nodes(reply.output, "insuinfo")
        return PersonInfo(
            str(base.get("psn_no") or ""),
            str(base.get("psn_name") or ""),
            tuple(_insurance(each) for each in held if each.get("insutype")),
        )

    def filings(self, outlet_code: str, person_no: str) -> tuple[Filing, ...]:
        """Ask which slow diseases of a person are filed (5301)."""
        data = {"data": {"psn_no": person_no}}
        reply = _yes(self.speaker.ask("5301", outlet_code, data))
        return tuple(_filing(each) for each in nodes(reply.output, "feedetail"))

    def trial(self, charge: Charge) -> Booked:
        """Ask what a charge would be (2101); nothing is booked by it."""
        given = charge_input(charge, self.speaker.region)
        reply = _yes(
            self.speaker.ask(
                "2101",
                charge.outlet_code,
                given,
                insured_area=charge.area,
                by=charge.by,
            )
        )
        found = node(reply.output, "setlinfo")
        return read_booked(found, nodes(reply.output, "detlcutinfo"))

    def undo(self, outlet_code: str, person_no: str, setl_id: str) -> None:
        """Take a settlement back by the platform's own number (2103)."""
        data = {"psn_no": person_no, "setl_id": setl_id}
        _yes(self.speaker.ask("2103", outlet_code, {"data": data}))

    def number(self, outlet_code: str) -> str:
        """Draw the number of a message that has none of its own; raises Unanswered."""
        return self.speaker.number(outlet_code)

    def sold(self, outlet_code: str, sale: Sale, msgid: str = "") -> None:
        """Upload a sale with the codes of its packs (3505)."""
        self._upload(SOLD, outlet_code, {"selinfo": _sale(sale)}, msgid)

    def returned(self, outlet_code: str, sale: Sale, msgid: str = "") -> None:
        """Upload the return of a sale with the codes of its packs (3506)."""
        self._upload(RETURNED, outlet_code, {"selinfo": _sale(sale)}, msgid)

    def sent_out(self, outlet_code: str, delivery: Delivery, msgid: str = "") -> None:
        """Tell that a delivery has left (7209; our own fields)."""
        self._upload(SENT_OUT, outlet_code, {"data": _delivery(delivery)}, msgid)

    def signed_for(self, outlet_code: str, delivery: Delivery, msgid: str = "") -> None:
        """Tell that a delivery was signed for (7210; our own fields)."""
        self._upload(SIGNED_FOR, outlet_code, {"data": _delivery(delivery)}, msgid)

    def _upload(
        self, infno: str, outlet_code: str, given: Mapping[str, Any], msgid: str
    ) -> None:
        """Send an upload and read both verdicts: `infcode`, then `retRslt` of a sale."""
        says = self.speaker.region.says
        try:
            reply = self.speaker.ask(infno, outlet_code, given, msgid=msgid)
        except Duplicate as error:
            raise Refusal(str(error), before=True) from error
        words = reply.words
        if not reply.ok and says("not_signed_in", words):
            raise NotSignedIn(words)
        done = reply.ok
        if done and infno in {SOLD, RETURNED}:
            verdict = str(reply.output.get("retRslt"))
            if verdict not in {"0", "1"}:
                raise Unreadable(f"retRslt {verdict!r}")
            done = verdict == "1"
            words = worded(reply.output.get("msgRslt") or words)
        if not done:
            before = says("uploaded_before", words) or says("duplicate", words)
            raise Refusal(words, before=before)


def _sale(sale: Sale) -> dict[str, Any]:
    return {
        "med_list_codg": sale.medicine_code,
        "fixmedins_hilist_id": sale.medicine_code,
        "fixmedins_hilist_name": sale.name,
        "fixmedins_bchno": sale.batch or "-",
        "manu_lotnum": sale.batch or "-",
        "prsc_dr_name": "-",
        "hi_feesetl_type": "1" if sale.setl_id else "0",
        "mdtrt_setl_type": "1" if sale.setl_id else "2",
        "setl_id": sale.setl_id,
        "mdtrt_sn": sale.number,
        "psn_cert_type": "01",
        "rx_flag": "1",
        "trdn_flag": "1" if sale.split else "0",
        "rtal_docno": sale.number,
        "sel_retn_cnt": str(sale.quantity),
        "sel_retn_time": f"{sale.at.astimezone(CHINA):%Y-%m-%d %H:%M:%S}",
        "sel_retn_opter_name": sale.by or "yaoda",
        "drugtracinfo": [{"drug_trac_codg": code} for code in sale.trace_codes],
    }


def _delivery(delivery: Delivery) -> dict[str, Any]:
    return {
        "order_no": delivery.order_no,
        "hosp_rx_no": delivery.rx_no,
        "carrier": delivery.carrier,
        "at": delivery.at.astimezone(CHINA).isoformat(),
    }


def _yes(reply: Reply) -> Reply:
    if not reply.ok:
        raise ChargeDeclined(reply.words)
    return reply


def _insurance(row: Mapping[str, Any]) -> Insurance:
    code = str(row["insutype"])
    return Insurance(
        _SCHEMES.get(code, code),
        fen_of(row.get("balc") or 0, "balc"),
        str(row.get("psn_insu_stas")) == _ACTIVE,
        str(row.get("insuplc_admdvs") or ""),
    )


def _filing(row: Mapping[str, Any]) -> Filing:
    try:
        ends = str(row.get("enddate") or "")[:10]
        return Filing(
            str(row["opsp_dise_code"]),
            str(row.get("opsp_dise_name") or ""),
            date.fromisoformat(str(row["begndate"])[:10]),
            date.fromisoformat(ends) if ends else None,
        )
    except (KeyError, ValueError) as error:
        raise Unreadable(f"a filing: {error}") from error
