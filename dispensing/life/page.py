"""The table of the life of a prescription, written as it stands in docs/life.md."""

from dispensing.life.refusals import REFUSALS
from dispensing.life.states import STATES
from dispensing.life.table import OPERATIONS, cell
from pharmacies import lives


def written() -> str:
    """Write states, operations, every cell and every refusal as Markdown tables."""
    return lives.written(
        (
            lives.states_part(STATES),
            lives.operations_part("Operations", "operation", OPERATIONS),
            lives.cells_part(STATES, OPERATIONS, cell),
            lives.refusals_part(REFUSALS),
        )
    )
