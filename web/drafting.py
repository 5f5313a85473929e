"""Drafts of revisions: what Alembic finds by itself, and the guards that it does not see."""

import re
from pathlib import Path
from typing import Any, Literal

from alembic.autogenerate import renderers
from alembic.autogenerate.api import AutogenContext
from alembic.operations.ops import MigrateOperation, ModifyTableOps, UpgradeOps
from sqlalchemy import event
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

from pharmacies.append_only import guard
from web import db, schema

_BATCH = re.compile(r"op\.batch_alter_table\('(\w+)', schema=None\) as batch_op")
_REMARK = re.compile(r"^ *# ### .* ###\n", re.MULTILINE)
_STEPS = "from web.migrations.steps import "


class GuardOp(MigrateOperation):
    """A table that may only be added to gets its triggers."""

    def __init__(self, table: str) -> None:
        self.table = table

    def to_diff_tuple(self) -> tuple[Any, ...]:
        """Tell the operation as Alembic tells its own."""
        return ("add_guard", self.table)


@renderers.dispatch_for(GuardOp)
def _render_guard(context: AutogenContext, operation: GuardOp) -> str:
    context.imports.add(f"{_STEPS}guard")
    return f"guard({operation.table!r})"


def render_item(kind: str, item: Any, context: AutogenContext) -> str | Literal[False]:
    """Write the types of SQLModel as those of SQLAlchemy that stand behind them."""
    if kind == "type" and isinstance(item, AutoString):
        length = getattr(item, "length", None)
        return f"sa.String({length})" if length else "sa.String()"
    if kind == "type" and isinstance(item, UTCDateTime):
        context.imports.add(f"{_STEPS}INSTANT")
        return "INSTANT"
    return False


def add_guards(context: Any, _revision: Any, directives: list[Any]) -> None:
    """Add the guards that the tables ask for, and that the database has not or would lose."""
    there = schema.described(context.connection)
    for directive in directives:
        found: UpgradeOps = directive.upgrade_ops
        changed = {
            each.table_name for each in found.ops if isinstance(each, ModifyTableOps)
        }
        found.ops.extend(
            GuardOp(table)
            for table in _guarded()
            if table in changed or not _has_guard(there, table)
        )


def tidied(path: Path) -> Path:
    """Bring a draft nearer to how revisions are written here; return its path."""
    words = _REMARK.sub("", path.read_text("utf-8"))
    words, changed = _BATCH.subn(r'changing("\1") as batch_op', words)
    needed = set(re.findall(rf"^{_STEPS}(\w+)$", words, re.MULTILINE))
    words = re.sub(rf"^{_STEPS}\w+\n", "", words, flags=re.MULTILINE)
    needed |= {"changing"} if changed else set()
    if needed:
        named = f"\n{_STEPS}{', '.join(sorted(needed))}\n"
        words = words.replace(
            "from alembic import op\n", f"from alembic import op\n{named}", 1
        )
    path.write_text(words, "utf-8")
    return path


def _guarded() -> list[str]:
    known = db.metadata().sorted_tables
    return [each.name for each in known if event.contains(each, "after_create", guard)]


def _has_guard(there: frozenset[str], table: str) -> bool:
    said = f"'{table} is append-only'"
    return any(line.startswith(f"{table} ") and said in line for line in there)
