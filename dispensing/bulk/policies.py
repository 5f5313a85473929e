"""Names a policy as it is given on a command line: a region, a pack file or an overlay."""

import tomllib
from pathlib import Path

from dispensing.bulk.columns import BadBook
from dispensing.bulk.terms import Policy
from dispensing.policy.overlay import load_overlay
from dispensing.policy.pack import load_pack, load_packs, regions


def policy_of(given: str, overlay: Path | None = None) -> Policy:
    """Read a region's name, a pack file (it takes the place of its namesake) or an overlay."""
    in_force = given in regions()
    policy = Policy(given, load_packs()) if in_force else _from_file(Path(given))
    if overlay is None:
        return policy
    laid = load_overlay(overlay)
    if laid.region != policy.region:
        expected = f"expected an overlay of {policy.region}, got one of {laid.region}"
        raise BadBook(f"{overlay}: {expected}")
    return Policy(policy.region, policy.packs, laid)


def _from_file(path: Path) -> Policy:
    if not path.is_file():
        known = ", ".join(regions())
        raise BadBook(f"{path}: expected a file, or one of the regions {known}")
    if "document" not in _keys(path):
        laid = load_overlay(path)
        return Policy(laid.region, load_packs(), laid)
    pack = load_pack(path)
    others = tuple(one for one in load_packs() if one.id != pack.id)
    return Policy(pack.region, (*others, pack))


def _keys(path: Path) -> set[str]:
    try:
        return set(tomllib.loads(path.read_text("utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadBook(f"{path}: expected TOML: {error}") from error
