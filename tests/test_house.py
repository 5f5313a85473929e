"""The house rules hold: imports, sizes, names, whole fen, cited figures, safe pages."""

import ast
import hashlib
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
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


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def functions(path: Path) -> Iterator[tuple[Function, bool]]:
    """Give each function of a file, and whether it belongs to a class."""
    tree = parsed(path)
    in_class = {
        id(node)
        for kind in ast.walk(tree)
        if isinstance(kind, ast.ClassDef)
        for node in kind.body
    }
    for node in ast.walk(tree):
        if isinstance(node, Function):
            yield node, id(node) in in_class


def test_imports_follow_the_contracts():
    # In a process of its own: the linter switches off every logger that is there.
    program = Path(sys.executable).with_name("lint-imports")
    asked = [program, "--config", ROOT / "pyproject.toml", "--no-logo"]
    told = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout


def compiled(path):
    return path.parent.name == "ruin" and path.name in COMPILED


@pytest.mark.parametrize("path", CODE + TESTS, ids=short)
def test_files_and_functions_fit(path):
    assert path.read_text("utf-8").count("\n") <= LINES_MAX
    for node, _ in functions(path):
        assert node.end_lineno - node.lineno < FUNCTION_LINES_MAX, node.name


@pytest.mark.parametrize("path", CODE, ids=short)
def test_every_file_and_public_function_says_what_it_does(path):
    tree = parsed(path)
    assert not tree.body or ast.get_docstring(tree), "no sentence about the file"
    for node in tree.body:
        if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_"):
            words = ast.get_docstring(node)
            fields_only = isinstance(node, ast.ClassDef)
            assert words or fields_only, f"{node.name} has no docstring"


@pytest.mark.parametrize("path", CODE, ids=short)
def test_more_than_four_arguments_go_by_keyword(path):
    if compiled(path):
        return
    for node, in_class in functions(path):
        given = [*node.args.posonlyargs, *node.args.args]
        itself = in_class and given and given[0].arg in {"self", "cls"}
        assert len(given) - bool(itself) <= POSITIONAL_MAX, node.name


@pytest.mark.parametrize("path", files("*.py", under=("dispensing",)), ids=short)
def test_dispensing_holds_no_float(path):
    """Money is whole fen; only a place on the map is a broken number."""
    tree = parsed(path)
    degrees = {
        id(node.annotation)
        for node in ast.walk(tree)
        if isinstance(node, ast.AnnAssign)
        and ast.unparse(node.target) in {"lon", "lat"}
    }
    for node in (node for node in ast.walk(tree) if id(node) not in degrees):
        where = f"line {getattr(node, 'lineno', 0)}"
        assert not (isinstance(node, ast.Name) and node.id == "float"), where
        assert not (isinstance(node, ast.Constant) and isinstance(node.value, float)), (
            where
        )
        if isinstance(node, ast.BinOp | ast.AugAssign):
            # A path is joined with a slash too, but then one side is a word.
            assert not isinstance(node.op, ast.Div) or joins_a_path(node), where


def joins_a_path(node: ast.BinOp | ast.AugAssign) -> bool:
    right = node.right if isinstance(node, ast.BinOp) else node.value
    worded = isinstance(right, ast.JoinedStr) or (
        isinstance(right, ast.Constant) and isinstance(right.value, str)
    )
    left = node.left if isinstance(node, ast.BinOp) else node.target
    return worded or bool(re.search("path|folder", ast.unparse(left).lower()))


@pytest.mark.parametrize("path", files("*.py", under=PURE_PARTS), ids=short)
def test_time_and_chance_come_in_as_arguments(path):
    """Who asks for the time or for a random number cannot be run again the same."""
    asked = re.compile(
        r"\b(?:datetime|date)\.(?:now|today|utcnow)\(|\btime\.time\(|"
        r"\brandom\.(?:random|choice|choices|shuffle|sample|randint)\("
    )
    assert compiled(path) or not asked.search(path.read_text("utf-8"))


@pytest.mark.parametrize("path", files("*.py", under=PURE_PARTS), ids=short)
def test_only_services_commit(path):
    """One unit of work, one commit: in the services and nowhere else."""
    in_service = "service" in short(path)
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Attribute) and node.attr == "commit":
            owner = ast.unparse(node.value)
            assert in_service or owner != "session", f"line {node.lineno}"


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


@pytest.mark.parametrize("path", TESTS, ids=short)
def test_no_test_is_let_off(path):
    let_off = (
        r"pytest\.sk[i]p|mark\.sk[i]p|mark\.x[f]ail|pytest\.x[f]ail|import[o]rskip"
    )
    assert not re.search(let_off, path.read_text("utf-8"))
