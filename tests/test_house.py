"""The house rules hold: imports, sizes, names, whole fen, cited figures, safe pages."""

import ast
import hashlib
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PARTS = ("pharmacies", "dispensing", "routing", "fixtures", "web")
# Compiled functions take arrays by position, and chance that was seeded from outside.
COMPILED = {"loops.py", "moves.py", "rules.py"}
PURE_PARTS = ("pharmacies", "dispensing", "routing")
# Not written here, or made on the spot.
ELSEWHERE = {".git", ".venv", "var", "vendor", "node_modules", "dist", "build"}
POLICIES = ROOT / "dispensing" / "policies"
LINES_MAX = 400
FUNCTION_LINES_MAX = 60
POSITIONAL_MAX = 4

Function = ast.FunctionDef | ast.AsyncFunctionDef


def short(path: Path) -> str:
    return str(path.relative_to(ROOT))


def files(*patterns: str, under: tuple[str, ...] = (".",)) -> list[Path]:
    """Find the repository's own files, in a fixed order."""
    found = {
        path
        for folder in under
        for pattern in patterns
        for path in (ROOT / folder).rglob(pattern)
        if path.is_file()
    }
    return sorted(path for path in found if own(path.relative_to(ROOT)))


def own(path: Path) -> bool:
    folders = set(path.parts[:-1])
    hidden = any(part.startswith(".") and part != ".ci" for part in path.parts)
    return not hidden and not folders & ELSEWHERE and "__pycache__" not in folders


CODE = files("*.py", under=PARTS)
TESTS = files("*.py", under=("tests",))
PAGES = files("*.html", "*.jinja", "*.j2", under=("web",))
# What the packs are held to lies beside them.
LISTS = {"requirements.toml", "not-implemented.toml"}
PACKS = sorted(path for path in POLICIES.glob("*.toml") if path.name not in LISTS)
TEXTS = files(
    *("*.py", "*.md", "*.toml", "*.yaml", "*.yml", "*.html", "*.js", "*.css"),
    *("*.txt", "*.cfg", "*.sh", "*.mako", "run"),
)


@cache
def read(path: Path) -> str:
    return path.read_text("utf-8")


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(read(path))


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(parsed(path)))


@pytest.fixture(scope="module", autouse=True)
def forgotten() -> Iterator[None]:
    """Forget the parsed files: so many values make every later test slower."""
    yield
    nodes.cache_clear()
    parsed.cache_clear()


def functions(path: Path) -> Iterator[tuple[Function, bool]]:
    """Give each function of a file, and whether it belongs to a class."""
    in_class = {
        id(node)
        for kind in nodes(path)
        if isinstance(kind, ast.ClassDef)
        for node in kind.body
    }
    for node in nodes(path):
        if isinstance(node, Function):
            yield node, id(node) in in_class


def faults(
    paths: Iterable[Path], rule: Callable[[Path], Iterable[object]]
) -> list[str]:
    """Say of each file what breaks a rule; one test for all files starts far sooner."""
    paths = list(paths)
    assert paths
    return [f"{short(path)}: {fault}" for path in paths for fault in rule(path)]


def test_imports_follow_the_contracts():
    # In a process of its own: the linter switches off every logger that is there.
    program = Path(sys.executable).with_name("lint-imports")
    asked = [program, "--config", ROOT / "pyproject.toml", "--no-logo"]
    told = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout


def compiled(path):
    return path.parent.name == "ruin" and path.name in COMPILED


def test_files_and_functions_fit():
    def too_long(path: Path) -> Iterator[str]:
        if read(path).count("\n") > LINES_MAX:
            yield f"more than {LINES_MAX} lines"
        for node, _ in functions(path):
            if node.end_lineno - node.lineno >= FUNCTION_LINES_MAX:
                yield f"{node.name} has {FUNCTION_LINES_MAX} lines or more"

    assert not faults(CODE + TESTS, too_long)


def test_every_file_and_public_function_says_what_it_does():
    def silent(path: Path) -> Iterator[str]:
        tree = parsed(path)
        if tree.body and not ast.get_docstring(tree):
            yield "no sentence about the file"
        # A class may have fields only, whose names say enough.
        for node in tree.body:
            public = isinstance(node, Function) and not node.name.startswith("_")
            if public and not ast.get_docstring(node):
                yield f"{node.name} has no docstring"

    assert not faults(CODE, silent)


def test_more_than_four_arguments_go_by_keyword():
    def by_position(path: Path) -> Iterator[str]:
        for node, in_class in functions(path):
            given = [*node.args.posonlyargs, *node.args.args]
            itself = in_class and given and given[0].arg in {"self", "cls"}
            if len(given) - bool(itself) > POSITIONAL_MAX:
                yield node.name

    assert not faults((path for path in CODE if not compiled(path)), by_position)


def test_dispensing_holds_no_float():
    """Money is whole fen; only a place on the map is a broken number."""
    assert not faults(files("*.py", under=("dispensing",)), broken_numbers)


def broken_numbers(path: Path) -> Iterator[str]:
    degrees = {
        id(node.annotation)
        for node in nodes(path)
        if isinstance(node, ast.AnnAssign)
        and ast.unparse(node.target) in {"lon", "lat"}
    }
    for node in (node for node in nodes(path) if id(node) not in degrees):
        named = isinstance(node, ast.Name) and node.id == "float"
        written = isinstance(node, ast.Constant) and isinstance(node.value, float)
        # A path is joined with a slash too, but then one side is a word.
        divided = (
            isinstance(node, ast.BinOp | ast.AugAssign)
            and isinstance(node.op, ast.Div)
            and not joins_a_path(node)
        )
        if named or written or divided:
            yield f"line {node.lineno}"


def joins_a_path(node: ast.BinOp | ast.AugAssign) -> bool:
    right = node.right if isinstance(node, ast.BinOp) else node.value
    worded = isinstance(right, ast.JoinedStr) or (
        isinstance(right, ast.Constant) and isinstance(right.value, str)
    )
    left = node.left if isinstance(node, ast.BinOp) else node.target
    return worded or bool(re.search("path|folder", ast.unparse(left).lower()))


def test_time_and_chance_come_in_as_arguments():
    """Who asks for the time or for a random number cannot be run again the same."""
    asked = re.compile(
        r"\b(?:datetime|date)\.(?:now|today|utcnow)\(|\btime\.time\(|"
        r"\brandom\.(?:random|choice|choices|shuffle|sample|randint)\("
    )
    pure = (path for path in files("*.py", under=PURE_PARTS) if not compiled(path))
    assert not faults(pure, lambda path: asked.findall(read(path)))


def test_only_services_commit():
    """One unit of work, one commit: in the services and nowhere else."""

    def commits(path: Path) -> Iterator[str]:
        for node in nodes(path):
            named = isinstance(node, ast.Attribute) and node.attr == "commit"
            if named and ast.unparse(node.value) == "session":
                yield f"line {node.lineno}"

    elsewhere = files("*.py", under=PURE_PARTS)
    assert not faults((p for p in elsewhere if "service" not in short(p)), commits)


@pytest.mark.parametrize("path", PACKS, ids=short)
def test_every_figure_is_cited(path):
    """Each figure names its clause, and its quote stands in the text beside it."""
    pack = tomllib.loads(path.read_text("utf-8"))
    document = pack["document"]
    text = shipped_text(document)
    assert pack["figures"]
    for figure in pack["figures"]:
        assert figure["clause"], figure["name"]
        if "quote" in figure:
            # Where no text is shipped, no sentence may pass for a quotation.
            assert squeezed(figure["quote"]) in text, figure["name"]
        else:
            assert figure["says"], figure["name"]
            assert not text or {"left_to", "reading"} & set(figure), figure["name"]


def shipped_text(document: dict[str, object]) -> str:
    if "text" not in document:
        assert document["kind"] == "reference"
        return ""
    raw = (POLICIES / "texts" / str(document["text"])).read_bytes()
    assert hashlib.sha256(raw).hexdigest() == document["text_sha256"]
    return squeezed(raw.decode("utf-8"))


def squeezed(words: str) -> str:
    return "".join(words.split())


UNSAFE = {
    "a script in the page": r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>",
    "a style in the page": r"<style\b|\sstyle\s*=",
    "a handler in an attribute": r"\son[a-z]+\s*=\s*[\"']",
    "something from another place": r"(?:src|srcset|action)\s*=\s*[\"']?(?:https?:)?//",
    "a style sheet from another place": r"<link[^>]*href\s*=\s*[\"']?(?:https?:)?//",
    # A drawing that the program itself has made is the one exception.
    "words that are not escaped": r"(?<!\.svg)\|\s*safe\b",
}


@pytest.mark.parametrize("fault", UNSAFE)
def test_pages_obey_a_strict_content_policy(fault):
    unsafe = re.compile(UNSAFE[fault], re.IGNORECASE)
    found = [
        f"{short(path)}: {match.group()}"
        for path in PAGES
        for match in unsafe.finditer(path.read_text("utf-8"))
    ]
    assert not found


# Written so that they do not match themselves.
STRAY = {
    "a place on one machine": r"/(?:[r]oot|[w]ork|h[o]me/\w+|U[s]ers/\w+)/|\.\./[s]hared",
    "work left undone": r"\b(?:TO[D]O|FI[X]ME|X[X]X)\b|NotImplemented[E]rror",
    "a number that only a tracker knows": r"\b[Ii]ss[u]e #?\d+",
    "a registry's address": r"files\.python[h]osted|[p]ypi\.org|registry\.[n]pmjs",
}


@pytest.mark.parametrize("fault", STRAY)
def test_the_repository_stands_alone(fault):
    found = [
        f"{short(path)}:{number}"
        for path in TEXTS
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if re.search(STRAY[fault], line)
    ]
    assert not found


def test_no_test_is_let_off():
    let_off = re.compile(
        r"pytest\.sk[i]p|mark\.sk[i]p|mark\.x[f]ail|pytest\.x[f]ail|import[o]rskip"
    )
    assert not faults(TESTS, lambda path: let_off.findall(read(path)))
