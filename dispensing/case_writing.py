"""A case file to begin with: every field once, filled so that it runs as it is."""

from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

from dispensing.assess import assess
from dispensing.cases import read_cases
from dispensing.money import yuan
from dispensing.policy.pack import Pack, load_packs

DAY = date(2025, 3, 5)
AMOUNTS_SHOWN = ("total", "in_scope", "deductible", "fund", "account", "cash")

_TEMPLATE = """\
# {title}
# A case is one dispensing and what the rules must say of it. Run this file with:
#   yaoda cases run FILE
# `base` is what every case starts from; a case names what is otherwise.
policy: {region}
base:
  on: {on}                          # day of dispensing and settlement
  voucher: {voucher}                            # card or e_code
  insured:
    scheme: {scheme}                      # resident or employee
    area: "{area}"                       # area of insurance (GB/T 2260)
    active: true
    diseases: {{{disease}: 2021-01-01}}  # registered, from which day
    away_filed: null                     # area of a long-term residence filing
    used: {{fund: "0.00", ordinary_fund: "0.00", deductible: "0.00"}}  # this year, before
    account: "0.00"                      # balance of the personal account
    history: []                          # [{{atc: C08CA01, on: 2025-02-20, days: 28}}]
  outlet:
    kind: hospital                       # hospital, pharmacy or village_clinic
    level: primary                       # hospitals: primary, level2 or level3
    area: "{area}"
    designated: true
  prescription:
    source: external                     # external or internet_hospital
    signature: valid                     # valid, invalid or none (then a record_no)
    issued_on: {on}
    valid_days: 3
    status: valid                        # valid, lapsed, revoked or used
    issuer_designated: true
    disease: {disease}
    long_term: false                     # the long-prescription mark
  lines:
    - name: 苯磺酸氨氯地平片 5mg
      atc: C08CA01
      tier: 甲                           # 甲, 乙 (with self_pay: "0.10") or 丙
      price: "4.20"
      standard: "4.20"                   # payment standard
      quantity: 3
      days: 28
      vbp: false                         # won a central procurement (集采)
cases:
  - id: {prefix}-01
    title: the usual case
    cites: []                            # requirement ids, such as W4
    expect:
{expect}"""


def template(region: str) -> str:
    """Write a case file for a region, with what its rules say of the usual case."""
    pack = _latest(region)
    return _written(pack, _expected(_written(pack, "      decision: accepted\n")))


def _latest(region: str) -> Pack:
    own = [pack for pack in load_packs() if pack.region == region]
    if not own:
        raise ValueError(f"expected a region with a document, got {region!r}")
    return max(own, key=lambda pack: pack.effective_from)


def _written(pack: Pack, expect: str) -> str:
    return _TEMPLATE.format(
        title=pack.title,
        region=pack.region,
        on=max(DAY, pack.effective_from),
        voucher="e_code",
        scheme=_first(pack, "schemes", "resident"),
        area=_area(pack),
        disease=_first(pack, "diseases", "hypertension"),
        prefix=pack.region[:1].upper(),
        expect=expect,
    )


def _area(pack: Pack) -> str:
    """Name an area inside the pack's; a model text holds in any."""
    prefix = pack.area or "3303"
    return prefix + "0102"[len(prefix) - 2 :]


def _first(pack: Pack, name: str, usual: str) -> str:
    for figure in pack.figures:
        if figure.name == name and figure.value:
            return str(cast("tuple[str, ...]", figure.value)[0])
    return usual


def _expected(text: str) -> str:
    """Ask the rules what they say of the template, and write it as an expectation."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "template.yaml")
        path.write_text(text, "utf-8")
        (case,) = read_cases(path)
    answer = assess(case.dispensing, case.rules())
    verdicts = [f"{one.check}: {one.verdict}" for one in answer.problems]
    lines = [f"decision: {answer.decision}", f"checks: {{{', '.join(verdicts)}}}"]
    if answer.split is not None:
        for name in AMOUNTS_SHOWN:
            amount_fen = getattr(answer.split, f"{name}_fen")
            lines.append(f'{name}: "{yuan(amount_fen)}"')
    return "".join(f"      {line}\n" for line in lines)
