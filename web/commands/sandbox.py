"""`yaoda sandbox`: a settlement platform to test against, served on its own."""

from pathlib import Path
from typing import Annotated

import typer

from dispensing.gateway import Unanswered
from dispensing.gateway.national import BadRegion, load_region
from dispensing.money import parse_yuan
from fixtures.sample import reader
from web.commands.given import BadInput
from web.desks import seal_of
from web.sandbox import members, serving
from web.sandbox.answering import Counter
from web.sandbox.books import Books
from web.sandbox.faults import BadFault, Fault, Faults, read_file, read_spoken
from web.sandbox.identities import vault_at


def command(
    *,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port; 0 takes a free one.")] = 8100,
    books: Annotated[Path, typer.Option(help="Where its own books are kept.")] = Path(
        "var/sandbox.db"
    ),
    people: Annotated[
        Path, typer.Option(help="The folder of a sample, for who is insured.")
    ] = reader.FOLDER,
    cap: Annotated[
        list[str] | None, typer.Option(help="The year's cap: resident=1000.00")
    ] = None,
    fault: Annotated[
        list[str] | None,
        typer.Option(help='A fault: "timeout_after infno=2102 times=1 ms=5000"'),
    ] = None,
    faults: Annotated[
        Path | None, typer.Option(help="A file of faults, as JSON.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Where the chance of faults begins.")] = 1,
    region: Annotated[str, typer.Option(help="How it speaks: a name or a file.")] = (
        "sandbox"
    ),
    secret: Annotated[
        Path | None, typer.Option(help="Its own SM2 key: 64 hexadecimal digits.")
    ] = None,
    public: Annotated[
        Path | None, typer.Option(help="The institutions' SM2 key: 128 of them.")
    ] = None,
    token: Annotated[
        str,
        typer.Option(
            help="Who may see its books from elsewhere.", envvar="YAODA_SANDBOX_TOKEN"
        ),
    ] = "",
) -> None:
    """Serve a sandbox of the national settlement interface until interrupted."""
    given = Faults(seed)
    for one in _faults(fault, faults):
        given.add(one)
    try:
        spoken = load_region(region)
        counter = Counter(
            books=_books(books),
            now=serving.now,
            faults=given,
            region=spoken,
            seal=seal_of(spoken.kind, secret, public),
        )
        counter.books.enrol(members.of_sample(people, _caps(cap)))
        serving.serve(counter, (host, port), token, typer.echo)
    except (BadRegion, Unanswered) as error:
        raise BadInput(str(error)) from error


def _books(path: Path) -> Books:
    path.parent.mkdir(parents=True, exist_ok=True)
    return Books(path, vault=vault_at(path.with_suffix(".key")))


def _faults(spoken: list[str] | None, file: Path | None) -> list[Fault]:
    try:
        return [
            *(read_file(file) if file else ()),
            *(read_spoken(each) for each in spoken or ()),
        ]
    except (BadFault, TypeError, ValueError) as error:
        raise BadInput(f"--fault: {error}") from error


def _caps(given: list[str] | None) -> dict[str, int]:
    caps = {}
    for each in given or ():
        scheme, _, amount = each.partition("=")
        if scheme not in {"resident", "employee"}:
            raise BadInput(f"--cap {each}: expected resident=1000.00")
        caps[scheme] = parse_yuan(amount)
    return caps
