"""Tasks of an area: what texts and meetings ask for, what was done about it, with evidence."""

from dispensing.service.tasks.doing import OfOthers, Said, do
from dispensing.service.tasks.meeting import (
    Decision,
    MeetingView,
    Minutes,
    hold,
    meetings,
)
from dispensing.service.tasks.plans import Plan, plan_of
from dispensing.service.tasks.views import (
    Evidence,
    TaskActView,
    TaskView,
    evidence,
    history,
    task,
    tasks,
)

__all__ = (
    "Decision",
    "Evidence",
    "MeetingView",
    "Minutes",
    "OfOthers",
    "Plan",
    "Said",
    "TaskActView",
    "TaskView",
    "do",
    "evidence",
    "history",
    "hold",
    "meetings",
    "plan_of",
    "task",
    "tasks",
)
