"""Charts of the desk: drawn on the server, each beside the table of its figures."""

from collections.abc import Sequence

from markupsafe import Markup

from routing.pictures.shapes import COLOURS, FAINT, Box, Picture, Shape, Words, svg

ROW, LABEL, WIDE = 26.0, 96.0, 460.0


def bars(title: str, rows: Sequence[tuple[str, int, int]]) -> Markup:
    """Draw a bar for each row: what it is called, how many there are, and how many it takes."""
    most = max((max(there, wanted) for _, there, wanted in rows), default=0) or 1
    left = max((_wide(name) for name, _, _ in rows), default=0.0)
    left, shapes = max(LABEL, left + 12), list[Shape]()
    for no, (name, there, wanted) in enumerate(rows):
        top = no * ROW + 6
        said = f"{name} {there}/{wanted}"
        for value, fill in ((wanted, FAINT), (there, COLOURS[0])):
            size = (WIDE * value / most, ROW - 10)
            shapes.append(Box((left, top), size, fill, said=said))
        shapes.append(Words((left - 8, top + 13), name, anchor="end"))
        shapes.append(Words((left + WIDE + 8, top + 13), f"{there}/{wanted}"))
    high = ROW * max(len(rows), 1) + 8
    # Every part of it was escaped as it was drawn.
    return Markup(svg(Picture(title, left + WIDE + 120, high, tuple(shapes))))


def _wide(name: str) -> float:
    """Tell about how wide a name is drawn: a Chinese sign is twice as wide as a letter."""
    return sum(14.0 if ord(sign) > 0xFF else 7.5 for sign in name)
