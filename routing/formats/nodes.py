"""The lines that the formats share: a node, and a pickup that names its delivery."""

from collections.abc import Sequence

from routing.formats.instance import Node
from routing.formats.lines import NODES_MAX, Lines

_NODE = "number x y demand ready due service"
_PAIRED = f"{_NODE} pickup delivery"

# A node's number, the pickup and the delivery that it names, and its line in the file.
Named = tuple[int, int, int, int]


def read_node(lines: Lines, words: list[str], place: int) -> Node:
    """Read a line of seven numbers as the node that must stand there."""
    return _node(lines, lines.numbers(words, _NODE), place)


def read_paired(lines: Lines, words: list[str], place: int) -> tuple[Node, Named]:
    """Read a line of nine numbers: a node, and its pickup and delivery."""
    numbers = lines.numbers(words, _PAIRED)
    node = _node(lines, numbers[:7], place)
    pickup = lines.whole_of(numbers[7], "pickup", least=0)
    delivery = lines.whole_of(numbers[8], "delivery", least=0)
    if place and (pickup == 0) == (delivery == 0):
        raise lines.bad(
            "a pickup that names its delivery, or a delivery that names its pickup",
            f"pickup {pickup} and delivery {delivery}",
        )
    return node, (place, pickup, delivery, lines.number)


def pairs_of(
    lines: Lines, nodes: Sequence[Node], named: Sequence[Named]
) -> tuple[tuple[int, int], ...]:
    """Match pickups with deliveries; each names the other and brings what it fetched."""
    told = {number: (pickup, delivery) for number, pickup, delivery, _ in named}
    pairs = []
    for number, pickup, delivery, line in named:
        if number == 0:
            continue
        lines.number = line
        _check_pair(lines, nodes, told, number)
        if delivery:
            pairs.append((number, delivery))
        assert pickup or delivery
    return tuple(pairs)


def _check_pair(
    lines: Lines,
    nodes: Sequence[Node],
    told: dict[int, tuple[int, int]],
    number: int,
) -> None:
    pickup, delivery = told[number]
    other = delivery or pickup
    back = (number, 0) if delivery else (0, number)
    if told.get(other) != back:
        words = "pickup" if delivery else "delivery"
        raise lines.bad(
            f"node {other} to name node {number} as its {words}", "that it does not"
        )
    loads = nodes[number].demand, nodes[other].demand
    if delivery and (loads[0] < 0 or loads[0] != -loads[1]):
        raise lines.bad(
            f"a demand from 0 at the pickup and as much less at its delivery {other}",
            f"{loads[0]} and {loads[1]}",
        )


def _node(lines: Lines, numbers: list[float], place: int) -> Node:
    number, x, y, demand, ready, due, service = numbers
    if number != place:
        raise lines.bad(f"node {place}, in order", f"node {number:g}")
    if place >= NODES_MAX:
        raise lines.bad(f"at most {NODES_MAX - 1} nodes", "more")
    if ready < 0 or service < 0:
        raise lines.bad("ready and service from 0", f"{ready:g} and {service:g}")
    if due < ready:
        raise lines.bad("a window that closes after it opens", f"{ready:g} to {due:g}")
    if not demand.is_integer():
        raise lines.bad("a whole number as demand", f"{demand:g}")
    return Node(place, x, y, int(demand), ready, due, service)
