"""Values of a file read by their units: each fault at the line of its row or key."""

from dispensing.policy.figures import Value
from dispensing.policy.parameters import read_value
from dispensing.policy.rows import BadParts
from dispensing.policy.toml_file import BadPack, TomlFile


def value_in(file: TomlFile, name: str, raw: object) -> Value:
    """Read the value of a figure; all that is wrong with it is one `BadPack`."""
    try:
        return read_value(name, raw)
    except BadParts as error:
        parts = (_part(file, name, at, said) for at, said in error.parts)
        raise BadPack.of(parts) from error
    except ValueError as error:
        raise file.bad(name, str(error), "value") from error


def _part(file: TomlFile, name: str, at: int | str, said: str) -> BadPack:
    if isinstance(at, int):
        return file.bad_row(name, said, "value", at)
    return file.bad(name, f"{at}: {said}", at)
