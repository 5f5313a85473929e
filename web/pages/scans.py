"""Scans that went into the wrong field: said what they are, and where they belong."""

from collections.abc import Mapping

from dispensing.codes.keystrokes import Scan
from dispensing.errors import Conflict, Words

AT_HOME: Mapping[str, Words] = {
    "trace_code": Words(
        "这是药盒上的追溯码，不是处方。",
        "This is the trace code of a box, not a prescription.",
        "请先扫取药码或调取码打开处方，到结算时再扫药盒。",
        "Open the prescription by a code that the patient shows; scan boxes to settle.",
    ),
    "id_number": Words(
        "这是身份证号，不能用来打开处方。",
        "This is an ID number, which opens no prescription.",
        "请扫患者的取药码或调取码，或输入处方号。",
        "Scan a code that the patient shows, or type the prescription's number.",
    ),
}
AT_SETTLEMENT: Mapping[str, Words] = {
    "trace_code": Words(
        "这是药盒上的追溯码，不是医保码；没有扣款。",
        "This is the trace code of a box, not an insurance code; nothing was charged.",
        "请返回，把药盒扫到药品名下面，再扫患者的医保码。",
        "Go back, scan boxes below their medicine, then the patient's insurance code.",
    ),
    "id_number": Words(
        "这是身份证号，不是医保码；没有扣款。",
        "This is an ID number, not an insurance code; nothing was charged.",
        "请扫患者的医保码；用社保卡结算时，先把凭证改为社保卡。",
        "Scan the patient's insurance code; for a card, choose the card as voucher first.",
    ),
}


class WrongField(Conflict):
    """A code that is none of those which the field takes."""

    code = "wrong-field"


def expect_here(scan: Scan, told: Mapping[str, Words]) -> None:
    """Raise WrongField where what was scanned belongs elsewhere; others pass."""
    if scan.kind in told:
        raise WrongField(told[scan.kind])
