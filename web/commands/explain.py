"""`yaoda explain`: one case, or each of a file, told as a patient can read it."""

from pathlib import Path
from typing import Annotated

import typer

from dispensing.case_fields import CaseError
from dispensing.cases import Case, read_cases
from dispensing.explain import Product, explain
from dispensing.explain.page import page
from dispensing.explain.products import read_products
from dispensing.words import LANGUAGES
from web.commands.given import BadInput, readable


def command(
    file: Annotated[Path, typer.Argument(help="A case file.")],
    case: Annotated[
        str, typer.Option(help="The id of one case; all where none is named.")
    ] = "",
    language: Annotated[str, typer.Option(help="zh or en.")] = "zh",
    catalogue: Annotated[
        Path | None, typer.Option(help="Products to compare with, as CSV.")
    ] = None,
) -> None:
    """Explain a case: every check, the amount as a sum, and what would make it pass."""
    if language not in LANGUAGES:
        raise BadInput(f"{language}: expected one of {', '.join(LANGUAGES)}")
    products = read_products(readable(catalogue)) if catalogue else ()
    try:
        for each in read_cases(readable(file), case):
            typer.echo(_told(each, language, products))
    except CaseError as error:
        raise BadInput(f"{file}: {error}") from error


def _told(case: Case, language: str, products: tuple[Product, ...]) -> str:
    found = explain(
        case.dispensing,
        case.rules(),
        language,
        rules_on=case.rules_on,
        catalogue=products,
    )
    return page(found, f"{case.id} {case.title}".strip())
