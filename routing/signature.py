"""A signature (签名) written with a finger: strokes in a box, drawn as one SVG picture. Pure.

The phone sends where the finger was, never a drawing of its own: what is kept is made here,
so that nothing else can be in it.
"""

from collections.abc import Sequence

WIDE, HIGH = 1000, 500
STROKES_MAX = 60
POINTS_MAX = 4000
POINTS_MIN = 4  # a tap is no signature
_PEN = 8

Stroke = Sequence[int]


def draw_signature(strokes: Sequence[Stroke]) -> str:
    """Draw strokes, each as x and y in turn within 1000 by 500; ValueError where they are none.

    >>> draw_signature([[10, 20, 30, 40, 50, 60, 70, 80]])[-37:]
    'd="M10 20L30 40L50 60L70 80"/></svg>\\n'
    """
    points = sum(len(stroke) for stroke in strokes) // 2
    if not (len(strokes) <= STROKES_MAX and POINTS_MIN <= points <= POINTS_MAX):
        raise ValueError(f"expected {POINTS_MIN} to {POINTS_MAX} points")
    path = "".join(map(_path, strokes))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {HIGH}">'
        f'<rect width="{WIDE}" height="{HIGH}" fill="#fff"/>'
        f'<path fill="none" stroke="#111" stroke-width="{_PEN}" stroke-linecap="round"'
        f' stroke-linejoin="round" d="{path}"/></svg>\n'
    )


def _path(stroke: Stroke) -> str:
    if not stroke or len(stroke) % 2:
        raise ValueError("expected pairs of x and y")
    pairs = list(zip(stroke[::2], stroke[1::2], strict=True))
    if not all(0 <= x <= WIDE and 0 <= y <= HIGH for x, y in pairs):
        raise ValueError(f"expected points within {WIDE} by {HIGH}")
    first, *rest = (f"{x} {y}" for x, y in pairs)
    # One point alone is drawn as a dot by the round ends of a line to itself.
    return f"M{first}" + "".join(f"L{each}" for each in rest or [first])
