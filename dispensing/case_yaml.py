"""YAML as people write cases: every scalar stays as written, no key counts twice."""

import re
from pathlib import Path
from typing import Any

import yaml


class _Plain(yaml.SafeLoader):
    """Leaves every scalar as it is written, but null, true and false.

    So an amount of 12.60 stays "12.60" without quotes, `on` is a key and not a truth,
    and an area keeps its digits.
    """

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        """Refuse a key that is written twice: YAML would drop the first silently."""
        node = super().compose_mapping_node(anchor)
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise _error(key, "expected a word as a key")
            if key.value in seen:
                raise _error(key, f"expected the key {key.value!r} once")
            seen.add(key.value)
        return node


_Plain.yaml_implicit_resolvers = {}
_Plain.add_implicit_resolver(
    "tag:yaml.org,2002:null", re.compile(r"(?:~|null|Null|NULL)?$"), ["~", "n", "N", ""]
)
_Plain.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"(?:true|True|false|False)$"), list("tTfF")
)
_Plain.add_implicit_resolver("tag:yaml.org,2002:merge", re.compile("<<$"), ["<"])
_PLAIN_TAGS = {
    f"tag:yaml.org,2002:{name}" for name in ("null", "bool", "str", "seq", "map")
}
_Plain.yaml_constructors = {
    tag: made
    for tag, made in yaml.SafeLoader.yaml_constructors.items()
    if tag is None
    or tag in _PLAIN_TAGS  # None: any other tag is an error with its line
}


def read_yaml(path: Path) -> Any:
    """Read a YAML file; what cannot be read raises `ValueError` with line and reason."""
    try:
        return yaml.load(path.read_text("utf-8"), _Plain)
    except yaml.MarkedYAMLError as error:
        raise ValueError(f"expected YAML: {_where(error)}{error.problem}") from error
    except OSError as error:
        raise ValueError(f"expected a file to read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ValueError(f"expected UTF-8: {error}") from error
    except RecursionError as error:
        raise ValueError("expected YAML: nested too deep") from error
    except (KeyError, yaml.YAMLError) as error:  # KeyError: !!bool on another word
        reason = " ".join(str(error).split())
        raise ValueError(f"expected YAML: {reason}") from error


def _where(error: yaml.MarkedYAMLError) -> str:
    mark = error.problem_mark
    return "" if mark is None else f"line {mark.line + 1}: "


def _error(node: yaml.Node, problem: str) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark)
