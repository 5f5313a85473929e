"""What the platform was not told yet, as a page: by outlet, and what it refused."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from web import uploading
from web.auth import may
from web.pages import forms

bp = Blueprint("uploads_pages", __name__, url_prefix="/uploads")
TOLD = {
    "3505": "售药",
    "3506": "退药",
    "7209": "配送发出",
    "7210": "配送签收",
}


@bp.get("")
@may("upload.read", page=True)
def home() -> ResponseReturnValue:
    """Show what waits by outlet, how old the oldest is, and what was refused."""
    return render_template(
        "uploads.html",
        lags=uploading.lags(),
        undone=uploading.undone(),
        spoken=uploading.is_spoken(),
        told=TOLD,
    )


@bp.post("/again")
@may("upload.mend", page=True)
def send_again() -> ResponseReturnValue:
    """Send an upload again that was refused."""
    uploading.sent_again(forms.number("upload"))
    return redirect(url_for(".home"))


@bp.post("/drop")
@may("upload.mend", page=True)
def drop() -> ResponseReturnValue:
    """Give an upload up, with the reason."""
    uploading.dropped(forms.number("upload"), forms.text("reason"))
    return redirect(url_for(".home"))
