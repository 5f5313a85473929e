"""Tell the licence of each package that is installed, as lines of name, version and licence."""

from importlib.metadata import Distribution, distributions


def licence(of: Distribution) -> str:
    """Give what a package says of its licence, in its shortest form."""
    said = of.metadata.get("License-Expression")
    kinds = of.metadata.get_all("Classifier") or []
    named = [each.split(" :: ")[-1] for each in kinds if each.startswith("License ::")]
    long = (of.metadata.get("License") or "").strip().splitlines()
    return said or "; ".join(named) or (long[0] if long else "not stated")


def main() -> None:
    """Print the table."""
    rows = {(of.metadata["Name"], of.version, licence(of)) for of in distributions()}
    for row in sorted(rows, key=lambda row: row[0].lower()):
        print("\t".join(row))


if __name__ == "__main__":
    main()
