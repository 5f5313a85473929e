"""The golden pages: explanations of shipped cases, kept to be read and compared.

`python -m tests.dispensing.golden` writes them anew; read what changed before keeping it.
"""

from pathlib import Path

import fixtures
from dispensing.cases import read_cases
from dispensing.explain import explain
from dispensing.explain.page import page
from dispensing.explain.products import read_products

FOLDER = Path(__file__).parent
SHIPPED = Path(fixtures.__file__).parent
CATALOGUE = SHIPPED / "wenzhou" / "medicines.csv"

# The name of a page: the case file, the case, the language.
PAGES = {
    "accepted": ("wenzhou", "W-01", "zh"),
    "account-pays": ("wenzhou", "W-19", "zh"),
    "cap-reached": ("tieling", "T-03", "zh"),
    "cheaper-elsewhere": ("wenzhou", "W-04", "zh"),
    "cheaper-product": ("wenzhou_money", "WM-08", "zh"),
    "everything-wrong": ("wenzhou_prescriptions", "WP-22", "zh"),
    "no-record-number": ("wenzhou", "W-12", "zh"),
    "open-parameter": ("wenzhou", "W-03", "zh"),
    "review-long": ("wenzhou", "W-07", "zh"),
    "review-too-early": ("wenzhou", "W-23", "zh"),
    "too-many-days": ("wenzhou", "W-06", "zh"),
    "too-many-days-en": ("wenzhou", "W-06", "en"),
    "two-ratios": ("lincang", "L-01", "zh"),
    "two-ratios-en": ("lincang", "L-01", "en"),
}


def written(name: str) -> str:
    """Write one golden page."""
    file, id_, language = PAGES[name]
    (case,) = read_cases(SHIPPED / "cases" / f"{file}.yaml", id_)
    told = explain(
        case.dispensing,
        case.rules(),
        language,
        rules_on=case.rules_on,
        catalogue=read_products(CATALOGUE),
    )
    return page(told, id_)


def kept(name: str) -> Path:
    """Name the file of a golden page."""
    return FOLDER / f"{name}.md"
