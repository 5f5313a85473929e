"""The sample day put before the rules without a database: one Dispensing for each act."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from dispensing.intake.incoming import read_own
from dispensing.intake.signature import verdict
from dispensing.policy import load_overlay, rules_for
from dispensing.policy.rules import Rules
from dispensing.prescription import (
    Dispensing,
    Line,
    Outlet,
    Prescription,
    QuotaStanding,
)
from fixtures.loading import insured_of
from fixtures.sample import reader
from fixtures.values import Act, IssuerKey, Person
from pharmacies import outlets as places
from pharmacies.designation import Agreement, designated_on
from pharmacies.medicines import Medicine


@dataclass(frozen=True, slots=True)
class Sample:
    """The committed sample, indexed by code."""

    day: date
    rules: Rules
    outlets: Mapping[str, places.Outlet]
    agreements: Mapping[str, list[Agreement]]
    medicines: Mapping[str, Medicine]
    prices: Mapping[tuple[str, str], int]
    people: Mapping[str, Person]
    keys: Mapping[str, IssuerKey]
    counted: Mapping[str, int]

    def designated(self, code: str) -> bool:
        """Tell whether an outlet is designated for its trade on the sample day."""
        kind = "chronic" if code.startswith("P") else "general"
        return designated_on(self.agreements.get(code, []), self.day, kind)

    def signature(self, message: Mapping[str, Any]) -> str:
        """Tell valid, invalid or none of a message's signature."""
        signed = read_own(message).signed
        if signed is None:
            return "none"
        return verdict(
            signed,
            self.keys.get(signed.key_id),
            issuer=message["issuer"],
            signed_at=datetime.fromisoformat(message["issued_at"]),
        ).state

    def dispensing(self, message: Mapping[str, Any], act: Act) -> Dispensing:
        """Put one prescription before the rules as the act presents it."""
        status = {"revoke": "revoked", "present_again": "used", None: "valid"}
        prescription = Prescription(
            source=message["source"],
            signature=self.signature(message),
            record_no=message["record_no"],
            issued_on=datetime.fromisoformat(message["issued_at"]).date(),
            valid_days=message["valid_days"],
            status=status[act.event],
            issuer_designated=self.designated(message["issuer"]),
            disease=message["disease"],
            long_term=message["long_term"],
        )
        return Dispensing(
            on=self.day,
            voucher=act.voucher,
            insured=insured_of(self.people[message["insured"]["person_no"]]),
            outlet=self._outlet(act.outlet),
            prescription=prescription,
            lines=tuple(self._line(each, message, act) for each in message["lines"]),
        )

    def _outlet(self, code: str) -> Outlet:
        outlet = self.outlets[code]
        unit = outlet.quota_unit
        designated = self.designated(code)
        quota = QuotaStanding(unit, self.counted[unit]) if unit and designated else None
        return Outlet(outlet.kind, outlet.level, outlet.area, designated, quota)

    def _line(
        self, line: Mapping[str, Any], message: Mapping[str, Any], act: Act
    ) -> Line:
        medicine = self.medicines[line["medicine"]]
        return Line(
            name=medicine.name,
            atc=medicine.atc,
            tier=medicine.tier,
            price_fen=self.prices[self.outlets[act.outlet].price_list, medicine.code],
            standard_fen=medicine.standard_fen,
            quantity=line["quantity"],
            supply_days=line["supply_days"],
            self_pay_permyriad=medicine.self_pay_permyriad,
            vbp=medicine.vbp,
            on_platform=medicine.on_platform,
            in_range=message["disease"] in medicine.conditions,
            group=medicine.group,
            traced=act.traced,
        )


def load() -> Sample:
    """Read the committed sample once."""
    about = reader.about()
    agreements: dict[str, list[Agreement]] = {}
    counted = dict.fromkeys(about.targets, 0)
    for each in reader.agreements():
        agreements.setdefault(each.outlet_code, []).append(each)
        if each.quota_unit and each.counts(about.day):
            counted[each.quota_unit] += 1
    overlay = load_overlay(reader.FOLDER / "overlay.toml")
    return Sample(
        day=about.day,
        rules=rules_for("wenzhou", about.day, overlay),
        outlets={each.code: each for each in reader.outlets()},
        agreements=agreements,
        medicines={each.code: each for each in reader.medicines()},
        prices={(name, code): fen for name, code, fen in reader.prices()},
        people={each.person_no: each for each in reader.people()},
        keys={each.key_id: each for each in reader.issuer_keys()},
        counted=counted,
    )
