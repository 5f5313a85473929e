"""The scripts of others are those of the manifest, with their licences."""

import pytest

from tests.platform import ROOT
from web import vendoring

VENDOR = ROOT / "web" / "static" / "vendor"
SCRIPTS = vendoring.scripts()


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda one: one.file)
def test_each_script_is_the_one_that_the_manifest_names(script):
    assert vendoring.digest(script.path) == script.sha256
    assert script.licence_path.read_text("utf-8").strip()


def test_nothing_else_lies_beside_them():
    named = {one.path for one in SCRIPTS} | {one.licence_path for one in SCRIPTS}
    assert set(VENDOR.iterdir()) == named | {vendoring.MANIFEST}


def test_each_page_loads_them_after_itself():
    base = (ROOT / "web" / "templates" / "base.html").read_text("utf-8")
    for script in SCRIPTS:
        if script.when_asked:
            assert script.file not in base
            continue
        assert f"vendor/{script.file}') }}}}\" defer></script>" in base
