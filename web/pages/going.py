"""What a courier's phone needs around the page: ways to a door, the worker, the manifest."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pharmacies.datum import gcj_from_wgs
from pharmacies.places import Point
from web.words import say

STATIC = Path(__file__).resolve().parent.parent / "static"
# Parts of the page that are kept on the phone; the decoder of the camera among them.
PARTS = (
    *(f"design/{sheet}.css" for sheet in ("tokens", "base", "components", "faces")),
    *("design/print.css", "courier/courier.css"),
    *("scrolling.js", "design.js", "live.js", "camera.js"),
    *("vendor/htmx.js", "vendor/alpine.js", "vendor/zxing.js"),
    *("icon.svg", "icons.svg", "courier/icon-192.png"),
)


@dataclass(frozen=True, slots=True)
class Ways:
    """Links that open a map: AMap's own, in its datum, and any other's."""

    amap: str
    geo: str


def ways(point: Point) -> Ways:
    """Give the links to a place; no name and no address goes to the map's maker."""
    here = gcj_from_wgs(point)
    return Ways(
        amap="https://uri.amap.com/navigation"
        f"?to={here.lon:.6f},{here.lat:.6f}&mode=ride&coordinate=gaode&callnative=1",
        geo=f"geo:{point.lat:.6f},{point.lon:.6f}?q={point.lat:.6f},{point.lon:.6f}",
    )


@cache
def version(scripts: Sequence[str]) -> str:
    """Name what is kept on the phone by its content: another content, another name."""
    told = hashlib.sha256()
    for part in _parts(scripts):
        told.update((STATIC / part).read_bytes())
    return told.hexdigest()[:16]


def worker_script(scripts: Sequence[str]) -> str:
    """Write the worker: the version, the list of its parts, and what it does with them."""
    listed = json.dumps([f"/static/{part}" for part in _parts(scripts)])
    text = (STATIC / "courier" / "worker.js").read_text("utf-8")
    named = f'const VERSION = "{version(scripts)}";\nconst PARTS = {listed};\n'
    return named + text


def manifest() -> dict[str, Any]:
    """Say how the page is called and drawn among a phone's programs."""
    icons = [
        {
            "src": f"/static/courier/icon-{size}.png",
            "sizes": f"{size}x{size}",
            "type": "image/png",
            "purpose": "any maskable",
        }
        for size in (192, 512)
    ]
    return {
        "id": "/courier",
        "name": say("药达配送"),
        "short_name": say("药达"),
        "start_url": "/courier",
        "scope": "/courier",
        "display": "standalone",
        "background_color": "#f3f7f5",
        "theme_color": "#0b5d45",
        "icons": icons,
    }


def _parts(scripts: Sequence[str]) -> list[str]:
    return sorted([*PARTS, *(f"courier/{script}.js" for script in scripts)])
