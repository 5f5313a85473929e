"""Cases and samples of smart audit as tables: no patient is named in them, amounts in fen."""

from collections.abc import Iterator
from uuid import UUID

from flask import Blueprint, Response

from dispensing.service.smart import samples
from web import db, sheets, smart
from web.auditing import area_of_caller
from web.auth import may

bp = Blueprint("smart_sheet_pages", __name__, url_prefix="/bureau/smart")
CASES = ("case", "rule", "outlet", "state", "due", "stake_fen", "recovered_fen")
DRAWN = ("claim", "outlet", "fund_fen", "stratum", "times", "wrong_fen", "words", "by")


@bp.get("/cases.csv")
@may("smart.follow", face="bureau", page=True)
def cases_csv() -> Response:
    """Give the cases of the area as CSV."""
    return sheets.handed("cases", "csv", CASES, _cases())


@bp.get("/cases.xlsx")
@may("smart.follow", face="bureau", page=True)
def cases_xlsx() -> Response:
    """Give the cases of the area as a workbook."""
    return sheets.handed("cases", "xlsx", CASES, _cases())


@bp.get("/samples/<uuid:sample_id>.csv")
@may("smart.read", page=True)
def sample_csv(sample_id: UUID) -> Response:
    """Give a sample and what was found as CSV."""
    return sheets.handed("sample", "csv", DRAWN, _drawn(sample_id))


@bp.get("/samples/<uuid:sample_id>.xlsx")
@may("smart.read", page=True)
def sample_xlsx(sample_id: UUID) -> Response:
    """Give a sample and what was found as a workbook."""
    return sheets.handed("sample", "xlsx", DRAWN, _drawn(sample_id))


def _cases() -> Iterator[sheets.Row]:
    for one in smart.cases_listed():
        due = one.due.isoformat() if one.due else ""
        plain = (str(one.id), one.zh, one.outlet_code, one.state, due)
        yield (*plain, one.stake_fen, one.recovered_fen)


def _drawn(sample_id: UUID) -> Iterator[sheets.Row]:
    for one in samples.sample(db.session(), sample_id, area_of_caller()).drawn:
        found = "" if one.wrong_fen is None else one.wrong_fen
        plain = (one.claim, one.outlet_code, one.fund_fen, one.stratum, one.times)
        yield (*plain, found, one.words, one.by)
