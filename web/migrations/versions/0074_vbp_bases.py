"""A list of prices before central procurement, beside the claims."""

from web.migrations.steps import changing, guard, unguard

revision = "0074"
down_revision = "0073"
branch_labels = None
depends_on = None

PLAIN: tuple[str, ...] = ("as_of", "at", "by", "file_name", "file_sha256", "id", "kept")
PLAIN += ("kind", "passed_over", "place", "role", "rows", "source", "unknown")
KINDS = "'auxiliary', 'stays', 'ends', 'diagnoses', 'vbp_bases'"


def upgrade() -> None:
    """Let a list be of the new kind."""
    unguard("bureau_list")
    with changing("bureau_list") as table:
        table.drop_constraint("bureau_list_kind", type_="check")
        table.create_check_constraint("bureau_list_kind", f"kind IN ({KINDS})")
    guard("bureau_list", *PLAIN)
