"""Rules compiled from texts that were kept: what was in force that day, as it was written."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from dispensing.policy.figures import LAYERS
from dispensing.policy.overlay import Overlay, overlay_from
from dispensing.policy.pack import Pack, read_pack
from dispensing.policy.rules import Rules, compile_rules

OVERLAY = LAYERS[-1]  # stands for the overlay's name among the versions of a decision


def rules_from(written: Mapping[str, str], on: date) -> Rules:
    """Compile the rules of a day from its texts by name, the documents in their order.

    A text that cannot be read raises `BadPack`. Quotes were compared with the notice
    when the pack was loaded; they are not compared again.
    """
    return _compiled(tuple(written.items()), on)


@lru_cache(maxsize=256)
def _compiled(written: tuple[tuple[str, str], ...], on: date) -> Rules:
    packs = tuple(_pack(name, text) for name, text in written if name != OVERLAY)
    laid = [_overlay(text) for name, text in written if name == OVERLAY]
    # The nearest layer is the region's own; those above it hold in other regions too.
    own = max(packs, key=lambda pack: LAYERS.index(pack.layer))
    return compile_rules(packs, own.region, on, laid[0] if laid else None)


@lru_cache(maxsize=64)
def _pack(name: str, written: str) -> Pack:
    return read_pack(f"{name}.toml", written.encode(), None)


@lru_cache(maxsize=64)
def _overlay(written: str) -> Overlay:
    return overlay_from(f"{OVERLAY}.toml", written)
