"""Hand what a dispatcher asks of the planner to a worker."""

from flask import current_app

from routing.service import PlanningView
from web import db
from web.jobs import plannings
from web.jobs.running import jobs_of


def handed_in(asked: PlanningView) -> PlanningView:
    """Hand a planning in that was kept, and return it."""
    db.close_sessions()  # the worker may be of this process, and want the turn to write
    platform = current_app._get_current_object()  # type: ignore[attr-defined]
    plannings.hand_in(jobs_of(platform), asked.id)
    return asked
