"""Uploads over the interface: what the platform was not told yet, and what it refused."""

from dataclasses import dataclass
from uuid import UUID

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue

from dispensing.service.uploads import UploadLag, UploadView
from web import uploading
from web.auth import may
from web.openapi import answers, reply
from web.schemas import Ending

bp = APIBlueprint("uploads", __name__, url_prefix="/api/uploads")


@dataclass(frozen=True, slots=True)
class UploadStanding:
    """How uploads stand; `spoken` tells whether the platform takes any."""

    spoken: bool
    by_outlet: tuple[UploadLag, ...]
    unplanned: int
    undone: tuple[UploadView, ...]


@dataclass(frozen=True, slots=True)
class UploadDone:
    """That it was done."""

    done: bool


@bp.get("")
@may("upload.read")
@answers({200: UploadStanding})
def standing() -> ResponseReturnValue:
    """Tell by outlet what waits and since when, and list what was refused or not answered."""
    lags = uploading.lags()
    return reply(
        UploadStanding(
            spoken=uploading.is_spoken(),
            by_outlet=lags.by_outlet,
            unplanned=lags.unplanned,
            undone=uploading.undone(),
        )
    )


@bp.post("/<uuid:upload_id>/again")
@may("upload.mend")
@answers({200: UploadDone})
def send_again(upload_id: UUID) -> ResponseReturnValue:
    """Let an upload that was refused be sent again, at once."""
    uploading.sent_again(upload_id)
    return reply(UploadDone(True))


@bp.post("/<uuid:upload_id>/drop")
@may("upload.mend")
@bp.input(Ending, arg_name="form", example={"reason": "平台已人工补录"})
@answers({200: UploadDone})
def drop(upload_id: UUID, form: Ending) -> ResponseReturnValue:
    """Give up an upload that was refused, with the reason; what comes after it is sent."""
    uploading.dropped(upload_id, form.reason)
    return reply(UploadDone(True))
