"""Codes over the interface: presented at a counter, and read from photographs."""

from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue

from dispensing import service
from dispensing.codes import keystrokes, pictures
from dispensing.service import Helper, PresentationView
from web import clock, db, parts
from web.auth import caller, may
from web.code_schemas import HelperShown, PictureUpload, PresentationRequest
from web.openapi import answers, reply

bp = APIBlueprint("codes", __name__, url_prefix="/api")
# Apart, because a photograph may be larger than any other body.
pictures_bp = APIBlueprint("code_pictures", __name__, url_prefix="/api")

PURPOSE = "扫码取处方"


@bp.post("/presentations")
@may("code.open")
@bp.input(
    PresentationRequest,
    arg_name="form",
    example={"scanned": "the text of the scanned code", "helper": None},
)
@answers({201: PresentationView})
def present(form: PresentationRequest) -> ResponseReturnValue:
    """Open what was scanned: the prescriptions that a code shows at this counter."""
    return reply(opened(form.scanned, form.helper), 201)


@bp.get("/presentations/<uuid:presentation_id>")
@may("code.open")
@answers({200: PresentationView})
def show(presentation_id: UUID) -> ResponseReturnValue:
    """Show a presentation again to the account that opened it, for a quarter of an hour."""
    return reply(shown(presentation_id))


@pictures_bp.post("/codes/decode")
@may("code.decode")
@pictures_bp.input(PictureUpload, location="files", arg_name="upload")
@answers({200: list[keystrokes.Scan]})
def decode(upload: PictureUpload) -> ResponseReturnValue:
    """Read the QR codes and Code 128 in a photograph; nothing of it is kept."""
    return reply(read_picture(upload.picture))


def opened(scanned: str, helper: HelperShown | None) -> PresentationView:
    """Open what was scanned, for the calling counter."""
    who = caller()
    return service.present(
        db.session(),
        parts.desk(),
        scanned,
        outlet_code=who.subject,
        reader=who.reads("counter", PURPOSE),
        now=clock.now(),
        helper=Helper(**helper.model_dump()) if helper else None,
    )


def shown(presentation_id: UUID) -> PresentationView:
    """Show a presentation of the calling counter; each look is recorded."""
    who = caller()
    return service.presentation(
        db.writing_session(),
        parts.desk(),
        presentation_id,
        outlet_code=who.subject,
        reader=who.reads("counter", PURPOSE),
        now=clock.now(),
    )


def read_picture(sent: Any) -> list[keystrokes.Scan]:
    """Read the codes of an uploaded picture, up to one byte more than is taken."""
    raw = sent.stream.read(pictures.BYTES_MAX + 1)
    return [keystrokes.read(one.text) for one in pictures.codes_in(raw)]
