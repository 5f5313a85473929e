"""The bureau's face of the network: who closes the gaps best, and what chains and firms owe."""

from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from dispensing.conditions import CONDITIONS
from dispensing.errors import FieldError
from pharmacies.places import AREAS
from pharmacies.register_service import Imported
from routing.pictures.shapes import svg
from routing.pictures.sites import People, sites_map
from routing.service import siting
from routing.service.siting_jobs import SECONDS_MAX, siting_run
from web import chart, clock, db, parts
from web.api import network
from web.auth import may
from web.pages import forms

bp = Blueprint("siting_pages", __name__, url_prefix="/bureau")

GAPS = {
    "framework_ended": "框架协议已到期",
    "no_shop": "没有门店",
    "no_list": "没有公布药品清单",
    "disease_uncovered": "清单没有覆盖的病种",
    "no_stock_kept": "门店没有在这里记库存",
    "not_in_stock": "清单上的药品没有一家门店有货",
    "licence_ended": "许可证已到期",
    "cold_chain_ended": "冷链资质已到期",
    "no_carrier": "没有配送单位",
    "no_cold_carrier": "没有能送冷藏药品的配送单位",
}
PAPERS = {"licence": "许可证", "cold_chain": "冷链资质", "framework": "框架协议"}


@dataclass(frozen=True, slots=True)
class Map:
    """A drawing that this program has made."""

    svg: Markup


@bp.get("/siting")
@may("siting.read", page=True)
def choose() -> ResponseReturnValue:
    """Show the candidates that close the gaps best, before and after on the map."""
    asked = forms.query(network.SitingQuery)
    said = asked.km is not None or asked.minutes is not None
    found = network.sited(asked) if said else None
    return render_template(
        "bureau/siting.html",
        asked=asked,
        found=found,
        areas=AREAS,
        units=parts.rules(asked.day or clock.today()).quota_targets,
        before=_map(found, after=False) if found else None,
        after=_map(found, after=True) if found else None,
    )


@bp.post("/siting")
@may("siting.search", page=True)
def search() -> ResponseReturnValue:
    """Let a worker search for longer than a page may wait."""
    seconds = forms.text("seconds", 3)
    if not seconds.isdecimal() or not 1 <= int(seconds) <= SECONDS_MAX:
        raise forms.NotAsExpected([FieldError("seconds", f"1 to {SECONDS_MAX}")])
    run = network.sited_by_worker(forms.query(network.SitingQuery), int(seconds))
    return redirect(url_for(".show_run", run_id=run.id))


@bp.get("/siting/<uuid:run_id>")
@may("siting.read", page=True)
def show_run(run_id: UUID) -> ResponseReturnValue:
    """Show how far a search is, and what it has found."""
    network.own_area()
    run = siting_run(db.session(), run_id, clock.now())
    found = run.found
    return render_template(
        "bureau/siting_run.html",
        run=run,
        found=found,
        areas=AREAS,
        before=_map(found, after=False) if found else None,
        after=_map(found, after=True) if found else None,
    )


@bp.get("/siting/<uuid:run_id>/progress")
@may("siting.read", page=True)
def progress(run_id: UUID) -> ResponseReturnValue:
    """Give the part of the page that changes while a worker searches."""
    network.own_area()
    run = siting_run(db.session(), run_id, clock.now())
    return render_template("bureau/siting_progress.html", run=run)


@bp.get("/network-gaps")
@may("siting.read", page=True)
def gaps() -> ResponseReturnValue:
    """Show what chains and firms lack on a day, and which papers end soon."""
    return _gaps(None)


@bp.post("/network-gaps")
@may("register.enter", page=True)
def enter() -> ResponseReturnValue:
    """Enter a file of papers or drug lists, or only tell what would become of it."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise forms.NotAsExpected([FieldError("file", "a CSV file")])
    kind = forms.text("kind", 10)
    dry_run = forms.text("act", 5) != "do"
    return _gaps(network.imported(kind, sent.read(), sent.filename[:100], dry_run))


def _gaps(told: Imported | None) -> ResponseReturnValue:
    asked = forms.query(network.GapsQuery)
    return render_template(
        "bureau/gaps.html",
        found=network.gaps_found(asked),
        told=told,
        areas=AREAS,
        diseases={slug: one.name for slug, one in CONDITIONS.items()},
        kinds=GAPS,
        papers=PAPERS,
    )


def _map(found: siting.SitingView, *, after: bool) -> Map:
    people = [People(it.point, it.before, it.newly, it.without) for it in found.spots]
    title = "选址之后 After" if after else "选址之前 Before"
    basemap = parts.settings().basemap or chart.DISTRICTS
    picture = sites_map(
        people,
        found.standing,
        [it.point for it in found.sites] if after else [],
        outlines=chart.outlines(basemap),
        title=title,
    )
    return Map(Markup(svg(picture)))
