"""Consents: given, and asked for where something rests on one (个人信息保护法 13 to 17, 29)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert
from sqlmodel import Session, col, select

from dispensing.consenting import Purpose, grounds
from dispensing.errors import Conflict, FieldError, Malformed, NotFound, Words
from dispensing.service.texts import INSERT
from dispensing.tables import ConsentRow, ConsentTextRow


@dataclass(frozen=True, slots=True)
class Given:
    """How a consent is given: to which text, in which way, written down by whom."""

    sha256: str
    way: str
    by: str
    paper: str = ""  # the number of what was signed


@dataclass(frozen=True, slots=True)
class ConsentEvent:
    """One time that a consent was given or withdrawn."""

    purpose: str
    kind: str
    way: str
    by: str | None
    at: datetime
    sha256: str
    paper: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a person stands to a purpose now: the last event, none where nothing was said."""

    purpose: Purpose
    last: ConsentEvent | None

    @property
    def stands(self) -> bool:
        """Tell whether the consent stands, given to the text of today."""
        last = self.last
        if last is None or last.kind != "given":
            return False
        texts = (self.purpose.sha256(each) for each in self.purpose.wordings)
        return last.sha256 in texts


def standings(session: Session, person_no: str) -> tuple[Standing, ...]:
    """Tell how a person stands to each purpose."""
    last = {each.purpose: each for each in history(session, person_no)}
    purposes = grounds().purposes
    return tuple(Standing(one, last.get(slug)) for slug, one in purposes.items())


def standing(session: Session, person_no: str, purpose: str) -> Standing:
    """Tell how a person stands to one purpose; raises NotFound for one that is none."""
    one = grounds().purposes.get(purpose)
    if one is None:
        raise NotFound("同意事项", "purpose")
    query = select(ConsentRow).where(
        col(ConsentRow.person_no) == person_no, col(ConsentRow.purpose) == purpose
    )
    row = session.exec(query.order_by(col(ConsentRow.id).desc()).limit(1)).first()
    return Standing(one, None if row is None else _event(row))


def history(session: Session, person_no: str) -> tuple[ConsentEvent, ...]:
    """List what a person has agreed to and withdrawn, the latest last."""
    query = select(ConsentRow).where(col(ConsentRow.person_no) == person_no)
    return tuple(
        _event(row) for row in session.exec(query.order_by(col(ConsentRow.id)))
    )


def give(
    session: Session, person_no: str, purpose: str, given: Given, *, now: datetime
) -> None:
    """Write down that a person agrees to the text of today; asking again changes nothing."""
    write_given(session, person_no, purpose, given, now=now)
    session.commit()


def write_given(
    session: Session, person_no: str, purpose: str, given: Given, *, now: datetime
) -> None:
    """Write down a consent in the caller's unit of work; raises Malformed for another text."""
    found = standing(session, person_no, purpose)
    if found.stands:
        return
    language = _language(found.purpose, given.sha256)
    lay_down(session, found.purpose, language, now)
    session.add(
        ConsentRow(
            person_no=person_no,
            purpose=purpose,
            kind="given",
            text_sha256=given.sha256,
            way=given.way,
            by=given.by,
            at=now,
            paper=given.paper,
        )
    )
    session.flush()


def require(session: Session, person_no: str, purpose: str) -> None:
    """Raise Conflict where a person does not agree to what is about to be done."""
    found = standing(session, person_no, purpose)
    if not found.stands:
        zh, en = (found.purpose.wordings[each].title for each in ("zh", "en"))
        raise Conflict(
            Words(
                f"患者还没有同意“{zh}”，或已经撤回。",
                f"The patient has not agreed to this, or has withdrawn it: {en}.",
                "请患者在“我同意的事”里同意，或在柜台书面同意；不同意可以到药店取药。",
                "Let the patient agree on the page of consents, or on paper at the"
                " counter; without it, collect at the pharmacy.",
            ),
            code="no-consent",
        )


def lay_down(session: Session, purpose: Purpose, language: str, now: datetime) -> None:
    """Keep a text that is agreed to, once."""
    row = {
        "sha256": purpose.sha256(language),
        "purpose": purpose.slug,
        "version": purpose.version,
        "language": language,
        "text": purpose.written(language),
        "first_used_at": now,
    }
    connection = session.connection()
    laid = INSERT[connection.dialect.name](ConsentTextRow).values(row)
    connection.execute(laid.on_conflict_do_nothing())


def on_paper(
    session: Session, people: Iterable[str], purpose: str, *, now: datetime
) -> None:
    """Write down what people have signed before they were enrolled; the caller commits.

    It comes with the list of who is insured, and has no records of its own in the audit chain.
    """
    one = grounds().purposes[purpose]
    lay_down(session, one, "zh", now)
    rows = [
        {
            "person_no": each,
            "purpose": purpose,
            "kind": "given",
            "text_sha256": one.sha256("zh"),
            "way": "paper",
            "at": now,
        }
        for each in people
    ]
    if rows:
        session.connection().execute(insert(ConsentRow), rows)


def _language(purpose: Purpose, sha256: str) -> str:
    for language in purpose.wordings:
        if purpose.sha256(language) == sha256:
            return language
    raise Malformed([FieldError("consent", "the text of today, as it is shown")])


def _event(row: ConsentRow) -> ConsentEvent:
    return ConsentEvent(
        row.purpose, row.kind, row.way, row.by, row.at, row.text_sha256, row.paper
    )
