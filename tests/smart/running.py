"""Ask for a run of the audit, and be the worker that carries it out."""

from web.jobs import audits


def audited(platform, program, days):
    """Run the rules over some days; tells what the run has found."""
    asked = program.post("/smart/runs", days)
    audits.carry_out(platform.app, {"id": asked["id"]})
    return program.get(f"/smart/tasks/{asked['id']}")
