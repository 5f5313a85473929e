"""Lists that a bureau lays beside the claims, over the interface: versions, tried and kept."""

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue

from dispensing.bureau_lists.kinds import BYTES_MAX
from dispensing.service.bureau_lists import BureauList, ListFile
from web import lists
from web.auth import may
from web.lists import ListTried
from web.openapi import answers, reply
from web.schemas_lists import ListFileSent

bp = APIBlueprint("lists", __name__, url_prefix="/api/lists")


@bp.get("")
@may("list.read")
@answers({200: tuple[BureauList, ...]})
def versions() -> ResponseReturnValue:
    """List the versions of the area's lists, the latest first; the latest of a kind counts."""
    return reply(lists.versions())


@bp.post("/<kind>/versions")
@may("list.enter")
@bp.input(ListFileSent, location="form_and_files", arg_name="form")
@answers({200: ListTried})
def hand_in(kind: str, form: ListFileSent) -> ResponseReturnValue:
    """Try a file of auxiliary, stays, ends or diagnoses, or keep it where no row is refused."""
    content = form.table.stream.read(BYTES_MAX + 1)
    day = lists.day_or_today(form.as_of)
    file = ListFile(form.table.filename or "", content, day, form.source)
    return reply(lists.handed(kind, file, dry_run=form.dry_run))
