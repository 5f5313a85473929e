"""Li & Lim's pickups and deliveries with time windows.

First line: vehicles, capacity, speed (not used). Then one line for each node from
the depot on: number, x, y, demand, ready, due, service, pickup, delivery.
"""

from routing.formats.instance import Instance, Node
from routing.formats.lines import Lines
from routing.formats.nodes import Named, pairs_of, read_paired


def read(lines: Lines) -> Instance:
    """Read a whole file."""
    first = lines.numbers(
        lines.words("vehicles, capacity and speed"), "vehicles capacity speed"
    )
    vehicles = lines.whole_of(first[0], "vehicles", least=1)
    capacity = lines.whole_of(first[1], "capacity", least=1)
    nodes: list[Node] = []
    named: list[Named] = []
    nodes_left = True
    while nodes_left:
        words = lines.words("the depot") if not nodes else lines.words_or_end()
        nodes_left = words is not None
        if words is not None:
            node, names = read_paired(lines, words, len(nodes))
            nodes.append(node)
            named.append(names)
    return Instance(
        lines.name, vehicles, capacity, tuple(nodes), pairs_of(lines, nodes, named)
    )
