"""Files for the catalogue over the interface: handed in, tried, put in; a worker does both."""

from uuid import UUID

from apiflask import APIBlueprint
from apiflask.fields import UploadFile
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict

from dispensing.intake.instants import Day
from pharmacies.catalogue import upload_service
from pharmacies.catalogue.cells import BYTES_MAX
from pharmacies.catalogue.upload_service import MedicineFileView
from web import db
from web.auth import may
from web.catalogue import asked_in, handed, upload
from web.openapi import answers, reply

bp = APIBlueprint("medicine_files", __name__, url_prefix="/api/medicines/files")


class CatalogueFile(BaseModel):
    """A table (CSV or XLSX), and from which day its rows hold that name none; else today."""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)

    table: UploadFile
    valid_from: Day | None = None


@bp.get("")
@may("medicine_file.read")
@answers({200: tuple[MedicineFileView, ...]})
def files() -> ResponseReturnValue:
    """List the files that were handed in, the latest first."""
    return reply(upload_service.uploads(db.session()))


@bp.post("")
@may("medicine_file.enter")
@bp.input(CatalogueFile, location="files", arg_name="form")
@answers({202: MedicineFileView})
def hand_in(form: CatalogueFile) -> ResponseReturnValue:
    """Take a file; a worker says what would become of each row, and nothing is written."""
    content = form.table.stream.read(BYTES_MAX + 1)
    return reply(handed(form.table.filename or "", content, form.valid_from), 202)


@bp.get("/<uuid:file_id>")
@may("medicine_file.read")
@answers({200: MedicineFileView})
def show(file_id: UUID) -> ResponseReturnValue:
    """Tell how far a file is, and what becomes of its rows."""
    return reply(upload(file_id))


@bp.post("/<uuid:file_id>/import")
@may("medicine_file.enter")
@answers({202: MedicineFileView})
def put_in(file_id: UUID) -> ResponseReturnValue:
    """Let a worker put a file in that was tried without a refused row."""
    return reply(asked_in(file_id), 202)
