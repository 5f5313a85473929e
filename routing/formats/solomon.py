"""Solomon's and Gehring & Homberger's deliveries from a depot with time windows.

A name, VEHICLE with number and capacity, CUSTOMER with one line for each node from
the depot on: number, x, y, demand, ready, due, service.
"""

from routing.formats.instance import Instance, Node
from routing.formats.lines import Lines, heading, shown
from routing.formats.nodes import read_node


def read(lines: Lines) -> Instance:
    """Read a whole file."""
    lines.words("the instance's name")
    _heading(lines, "VEHICLE")
    _heading(lines, "NUMBER CAPACITY")
    fleet = lines.numbers(lines.words("number and capacity"), "number capacity")
    vehicles = lines.whole_of(fleet[0], "number", least=1)
    capacity = lines.whole_of(fleet[1], "capacity", least=1)
    _heading(lines, "CUSTOMER")
    lines.words("the headings of the columns")
    nodes = [read_node(lines, lines.words("the depot"), 0)]
    for words in lines.rest():
        nodes.append(_customer(lines, words, len(nodes)))
    return Instance(lines.name, vehicles, capacity, tuple(nodes))


def _customer(lines: Lines, words: list[str], place: int) -> Node:
    node = read_node(lines, words, place)
    if node.demand < 0:
        raise lines.bad("a demand from 0", str(node.demand))
    return node


def _heading(lines: Lines, expected: str) -> None:
    words = lines.words(f"the heading {expected}")
    if heading(words) != expected:
        raise lines.bad(f"the heading {expected}", shown(" ".join(words)))
