"""Who is insured at the sandbox: the people of a written sample, or of the cast."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from dispensing.conditions import CONDITIONS
from fixtures.sample import reader
from fixtures.values import Person
from web.sandbox.books import Member


def of_sample(
    folder: Path = reader.FOLDER, caps: Mapping[str, int] | None = None
) -> list[Member]:
    """Read the people of a sample; `caps` are the year's caps by scheme, in fen."""
    return members(reader.people(folder), caps)


def members(
    people: Iterable[Person], caps: Mapping[str, int] | None = None
) -> list[Member]:
    """Turn people into members of the sandbox, as they are before the sample day."""
    return [
        Member(
            person_no=one.person_no,
            id_number=one.id_number,
            name=one.name,
            scheme=one.scheme,
            area=one.area,
            active=one.active,
            balance_fen=one.account_fen,
            cap_fen=(caps or {}).get(one.scheme),
            used_fen=one.used_fund_fen,
            filings={_code(slug): since for slug, since in one.diseases.items()},
        )
        for one in people
    ]


def _code(disease: str) -> str:
    """Give the national code of a disease, or our own word where it is not known."""
    return (*CONDITIONS[disease].opsp_codes, disease)[0]
