"""The rules in force on a day: documents, their figures, overlays, compiled rules."""

from dispensing.policy.figures import Citation, Figure
from dispensing.policy.kept import rules_from
from dispensing.policy.laid import ApprovedOverlays
from dispensing.policy.overlay import Overlay, load_overlay, overlay_of
from dispensing.policy.pack import Pack, load_packs, regions
from dispensing.policy.rules import NotInForce, Rules, region_of, rules_for
from dispensing.policy.toml_file import BadPack
from dispensing.policy.watched import WatchedOverlay
from dispensing.policy.whole import check_packs

__all__ = [
    "ApprovedOverlays",
    "BadPack",
    "Citation",
    "Figure",
    "NotInForce",
    "Overlay",
    "Pack",
    "Rules",
    "WatchedOverlay",
    "check_packs",
    "load_overlay",
    "load_packs",
    "overlay_of",
    "region_of",
    "regions",
    "rules_for",
    "rules_from",
]
