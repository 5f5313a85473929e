"""The rules in force on a day: documents, their figures, overlays, compiled rules."""

from dispensing.policy.figures import Citation, Figure
from dispensing.policy.overlay import Overlay, load_overlay, overlay_of
from dispensing.policy.pack import BadPack, Pack, load_packs
from dispensing.policy.rules import NotInForce, Rules, region_of, regions, rules_for

__all__ = [
    "BadPack",
    "Citation",
    "Figure",
    "NotInForce",
    "Overlay",
    "Pack",
    "Rules",
    "load_overlay",
    "load_packs",
    "overlay_of",
    "region_of",
    "regions",
    "rules_for",
]
