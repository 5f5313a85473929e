"""The demo: a made-up day in Wenzhou, lived through the services, told, and then served."""

import secrets
import shutil
from collections.abc import Callable
from datetime import datetime, time, timedelta
from functools import partial
from time import monotonic

from apiflask import APIFlask
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
)

from dispensing.days import CHINA
from dispensing.desk import Desk
from fixtures import cast, day, loading
from fixtures.day import Lived
from fixtures.sample import reader
from web import accounts, create_app, db, demo_desk, observe, telling
from web.accounts import NewAccount
from web.clock import starting_at
from web.sandbox.answering import Counter
from web.sandbox.books import Books
from web.sandbox.faults import Fault
from web.sandbox.identities import vault_at
from web.sandbox.members import of_sample
from web.sandbox.serving import serving
from web.settings import Settings

# Every so often the platform's answer is lost, so that the demo shows how that ends.
LOSE_ANSWER_EVERY = 97
SPARE = frozenset({cast.alice.person_no})
MORNING_AFTER = time(8)
# The one at the demo's counter prepares and decides.
DEMO_ROLES = {"counter": accounts.WITH["pharmacist"]}
Login = tuple[str, str, str, str]  # user name, name, role, whose
LOGINS: tuple[Login, ...] = (
    ("alice", cast.alice.name, "patient", cast.alice.person_no),
    ("bob", cast.bob.name, "patient", cast.bob.person_no),
    ("counter", cast.counter.name, "counter", cast.LUCHENG_PHARMACY),
    ("hospital", cast.dr_lin.name, "hospital", cast.HOSPITAL),
    ("dispatch", cast.dispatcher.name, "dispatch", cast.CARRIER),
    ("bureau", "温州市医保局", "bureau", "330300"),
    ("health", "温州市卫健委", "health", "330300"),
)


def run(settings: Settings, *, serve: bool, echo: Callable[[str], object]) -> int:
    """Live the sample day on an embedded database, tell it, and serve the faces if asked."""
    own = _settings(settings)
    counter = _insurer(own)
    with serving(counter) as url:
        told = own.model_copy(update={"gateway_url": url, "gateway_region": "sandbox"})
        return _lived(told, counter, serve=serve, echo=echo)


def _lived(
    own: Settings, counter: Counter, *, serve: bool, echo: Callable[[str], object]
) -> int:
    begun = monotonic()
    console = Console()
    platform = create_app(own)
    desk: Desk = platform.extensions["desk"]
    about = _load(platform, desk)
    lived = _live(platform, desk, console)
    counter.faults.clear()
    password = secrets.token_urlsafe(9)
    _open_accounts(platform, password)
    with db.open_session(platform.extensions["engine"]) as session:
        telling.tell(console, session, desk, day=about.day, lived=lived)
        now = platform.extensions["clock"].now()
        told = demo_desk.furnish(session, desk, day=about.day, now=now)
        demo_desk.tell(console, told)
    console.print(f"{monotonic() - begun:.0f} s")
    if serve:
        _invite(console, own, password)
        _serve(platform, own, echo)
    return 0


def _settings(settings: Settings) -> Settings:
    """Give the demo a folder of its own, made anew, and a clock at the morning after."""
    folder = settings.var_dir / "demo"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    morning = datetime.combine(
        reader.about().day + timedelta(days=1), MORNING_AFTER, CHINA
    )
    return settings.model_copy(
        update={
            "var_dir": folder,
            "second_factor": "off",  # its password is printed anew each time
            "database_url": f"sqlite:///{folder.resolve()}/demo.db",
            "overlay": reader.FOLDER / "overlay.toml",
            "approvals": reader.FOLDER / "approvals.toml",
            "basemap": reader.FOLDER / "districts.geojson",
            "clock_start": morning,
            "gateway": folder / "platform.db",
        }
    )


def _insurer(settings: Settings) -> Counter:
    """Open the insurance platform's counter: it loses an answer now and then."""
    assert settings.gateway is not None
    settings.secrets_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    vault = vault_at(settings.secrets_dir / "platform")
    books = Books(settings.gateway, vault=vault)
    counter = Counter(books, starting_at(settings.clock_start).now)
    counter.books.enrol(of_sample())
    lost = Fault("garbage", infno="2102", every=LOSE_ANSWER_EVERY)
    counter.faults.add(lost)
    return counter


def _load(platform: APIFlask, desk: Desk) -> reader.About:
    with db.open_session(platform.extensions["engine"]) as session:
        return loading.load(session, desk)


def _live(platform: APIFlask, desk: Desk, console: Console) -> Lived:
    columns = (
        TextColumn("{task.description:<16}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as progress:
        return day.live(
            partial(db.open_session, platform.extensions["engine"]),
            desk,
            secret=platform.extensions["keys"].handover,
            tick=partial(_tick, progress),
            spare=SPARE,
            seconds_max=5,
        )


def _tick(progress: Progress, stage: str, done: int, of: int) -> None:
    """Move the bar of a stage, drawing it when the stage begins."""
    if not progress.tasks or progress.tasks[-1].description != stage:
        progress.add_task(stage, total=of)
    progress.update(progress.tasks[-1].id, completed=done)


def _logins() -> tuple[Login, ...]:
    """List the demo's logins, one for each courier of the dispatcher's firm among them."""
    crew = [each for each in reader.couriers() if each.carrier == cast.CARRIER]
    couriers = (
        (f"courier{number}", each.name, "courier", each.code)
        for number, each in enumerate(crew, start=1)
    )
    return (*LOGINS, *couriers)


def _open_accounts(platform: APIFlask, password: str) -> None:
    """Open the demo's accounts; they exist nowhere else."""
    with (
        platform.app_context(),
        db.open_session(platform.extensions["engine"]) as session,
    ):
        hashed = accounts.hashed(password)
        entries = [
            NewAccount(username, name, DEMO_ROLES.get(role, (role,)), subject, hashed)
            for username, name, role, subject in _logins()
        ]
        accounts.add_accounts(session, entries)


def _invite(console: Console, settings: Settings, password: str) -> None:
    """Print the logins and the one prescription that is left to walk by hand."""
    left = next(
        each
        for each in reader.prescriptions()
        if each["insured"]["person_no"] == cast.alice.person_no
        and each["issuer"] == cast.HOSPITAL
    )
    console.print(f"\nhttp://{settings.host}:{settings.port}  password: {password}")
    for username, name, role, subject in _logins():
        console.print(f"  {username:<11}{role:<10}{subject:<14}{name}")
    console.print(
        f"\nWalk one yourself: {left['hosp_rx_no']} ({cast.alice.name}) at the counter."
        " Scan these boxes:"
    )
    for codes in day.packs_of(left["hosp_rx_no"], left["lines"]).values():
        console.print("\n".join(f"  {code}" for code in codes))


def _serve(
    platform: APIFlask, settings: Settings, echo: Callable[[str], object]
) -> None:
    from web import listening
    from web.jobs import running

    observe.configure_logging()
    echo("Ctrl+C ends it.")
    with running.working(platform):
        listening.serve(platform, settings, echo)
