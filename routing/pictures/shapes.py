"""What pictures are made of: a few shapes, written as SVG here and as PNG in `png.py`."""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

# Each is told apart from the others by lightness too, for those who do not see hues.
COLOURS = (
    "#0b6e4f", "#c2410c", "#1d4ed8", "#a21caf", "#854d0e", "#0e7490",
    "#be123c", "#4d7c0f", "#6d28d9", "#334155", "#b45309", "#047857",
)  # fmt: skip
INK, FAINT, PAPER, WATER = "#26332e", "#9db0a8", "#ffffff", "#eef3f1"

Spot = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Line:
    """A line through some spots; `dash` in units of the picture, 0 for a whole one."""

    spots: tuple[Spot, ...]
    paint: str
    width: float = 1.0
    dash: float = 0.0


@dataclass(frozen=True, slots=True)
class Area:
    """A filled ring with an edge."""

    spots: tuple[Spot, ...]
    fill: str
    edge: str


@dataclass(frozen=True, slots=True)
class Box:
    """A filled rectangle; without an edge where `edge` is empty."""

    spot: Spot
    size: Spot
    fill: str
    edge: str = ""
    said: str = ""  # shown when the pointer rests on it


@dataclass(frozen=True, slots=True)
class Dot:
    """A filled circle."""

    spot: Spot
    radius: float
    fill: str
    edge: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """Some words at a spot: `anchor` is start, middle or end."""

    spot: Spot
    text: str
    size: float = 12.0
    paint: str = INK
    anchor: str = "start"


Shape = Line | Area | Box | Dot | Words


@dataclass(frozen=True, slots=True)
class Picture:
    """Shapes on paper of a size, from the back to the front, under a title."""

    title: str
    width: float
    height: float
    shapes: tuple[Shape, ...]
    paper: str = PAPER


def colour(index: int) -> str:
    """Return the colour of the thing of a place in a list."""
    return COLOURS[index % len(COLOURS)]


def svg(picture: Picture) -> str:
    """Write a picture as SVG, for a page or a file of its own."""
    width, height = f"{picture.width:.0f}", f"{picture.height:.0f}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
        f' role="img"><title>{escape(picture.title)}</title>'
        f'<rect width="{width}" height="{height}" fill="{picture.paper}"/>'
        f"{''.join(_svg(shape) for shape in picture.shapes)}</svg>"
    )


def _svg(shape: Shape) -> str:
    if isinstance(shape, Line):
        dash = f' stroke-dasharray="{shape.dash:g}"' if shape.dash else ""
        return (
            f'<polyline points="{_spots(shape.spots)}" fill="none" stroke="{shape.paint}"'
            f' stroke-width="{shape.width:g}" stroke-linejoin="round"{dash}/>'
        )
    if isinstance(shape, Area):
        return (
            f'<polygon points="{_spots(shape.spots)}" fill="{shape.fill}"'
            f' stroke="{shape.edge}" stroke-linejoin="round"/>'
        )
    if isinstance(shape, Dot):
        x, y = shape.spot
        round_ = f'cx="{x:.1f}" cy="{y:.1f}" r="{shape.radius:g}"'
        return f'<circle {round_} fill="{shape.fill}"{_edge(shape.edge)}/>'
    return _box(shape) if isinstance(shape, Box) else _words(shape)


def _box(box: Box) -> str:
    (x, y), (wide, high) = box.spot, box.size
    head = f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{high:.1f}"'
    head += f' fill="{box.fill}"{_edge(box.edge)}'
    return (
        f"{head}><title>{escape(box.said)}</title></rect>" if box.said else head + "/>"
    )


def _words(words: Words) -> str:
    x, y = words.spot
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{words.size:g}"'
        f' font-family="sans-serif" text-anchor="{words.anchor}"'
        f' fill="{words.paint}">{escape(words.text)}</text>'
    )


def _edge(edge: str) -> str:
    return f' stroke="{edge}" stroke-width="2"' if edge else ""


def _spots(spots: Sequence[Spot]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in spots)
