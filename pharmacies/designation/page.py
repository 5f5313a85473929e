"""The table of the life of a designation, written as it stands in docs/designation.md."""

from pharmacies import lives
from pharmacies.designation.admission import ASKED, CHRONIC
from pharmacies.designation.refusals import REFUSALS
from pharmacies.designation.states import STATES
from pharmacies.designation.table import OPERATIONS, cell


def written() -> str:
    """Write states, conditions, acts, every cell and every refusal as Markdown tables."""
    return lives.written(
        (
            lives.states_part(STATES),
            _conditions(),
            lives.operations_part("Acts", "act", OPERATIONS),
            lives.cells_part(STATES, OPERATIONS, cell),
            lives.refusals_part(REFUSALS),
        )
    )


def _conditions() -> lives.Part:
    rows = (
        (f"`{slug}`", one.zh, one.en, "指定药店" if slug in CHRONIC else "定点")
        for slug, one in ASKED.items()
    )
    return "Conditions", ("condition", "中文", "meaning", "of"), rows
