"""`yaoda users`: who may sign in; every act is on the audit chain."""

import secrets
from collections.abc import Mapping
from typing import Annotated, Any

import typer
from sqlmodel import Session

from web import accounts, invitations, second_factor
from web.accounts import BY_COMMAND, NewAccount
from web.commands.given import BadInput
from web.commands.opened import books
from web.invitations import Invitee
from web.matrix.written import written
from web.oidc import links

app = typer.Typer(help="Who may sign in.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The name to sign in with.")]
Role = Annotated[str, typer.Argument(help="What the account may do.")]
Reason = Annotated[str, typer.Option(help="Why; it stays on the audit chain.")]


@app.command()
def add(
    username: Name,
    role: Role,
    subject: Annotated[str, typer.Argument(help="Whose: person, outlet, firm, area.")],
) -> None:
    """Open an account and print the link by which its owner sets a password, once."""
    with books() as (session, platform):
        # Nobody knows this password, and it is kept nowhere: the link sets the first one.
        nobodys = accounts.hashed(secrets.token_urlsafe(32))
        roles = accounts.WITH.get(role, (role,))
        try:
            new = NewAccount(username, username, roles, subject, nobodys)
            accounts.open_account(session, new)
        except (accounts.UnknownRole, accounts.NameTaken) as error:
            raise BadInput(str(error)) from error
        _invite(session, platform, Invitee(role, subject, username, username))


@app.command()
def rights() -> None:
    """Write who may do what: the lists of docs/access.md."""
    typer.echo(written(), nl=False)


@app.command()
def invite(username: Name) -> None:
    """Print a link by which the owner of an account sets a new password, once."""
    with books() as (session, platform):
        account = accounts.account_of(session, username)
        invitee = Invitee(
            account.roles[0].name, account.subject, account.name, username
        )
        _invite(session, platform, invitee)


@app.command()
def disable(username: Name) -> None:
    """Switch an account off; whoever is signed in with it is out at once."""
    _switch(username, active=False)


@app.command()
def enable(username: Name) -> None:
    """Switch an account on again; its password is as it was."""
    _switch(username, active=True)


@app.command()
def roles(
    username: Name,
    role: Annotated[list[str], typer.Argument(help="All roles from now on.")],
) -> None:
    """Give an account other roles; who is signed in with it signs in again."""
    with books() as (session, _):
        accounts.change_roles(session, username, role, by=BY_COMMAND)
    typer.echo(f"{username}: {' '.join(role)}")


@app.command(name="sign-out")
def sign_out(username: Name) -> None:
    """End every session and every token of an account."""
    with books() as (session, _):
        account = accounts.end_everywhere(session, username)
        accounts.note(session, account, "signed_out")
        session.commit()
    typer.echo(f"{username}: signed out everywhere")


@app.command(name="reset-factor")
def reset_factor(username: Name, reason: Reason) -> None:
    """Take the second factor of an account away; a new one is set up at the next sign-in."""
    if not reason.strip():
        raise BadInput("--reason: expected why")
    with books() as (session, _):
        second_factor.reset(session, username, reason=reason.strip(), by=BY_COMMAND)
    typer.echo(f"{username}: without a second factor until the next sign-in")


@app.command()
def link(
    username: Name,
    issuer: Annotated[str, typer.Argument(help="Of the provider, as it says it.")],
    subject: Annotated[str, typer.Argument(help="Who it is to the provider.")],
) -> None:
    """Let an identity of a provider (OpenID Connect) open an account."""
    with books() as (session, platform):
        account = accounts.account_of(session, username)
        now = platform["clock"].now()
        links.link(session, account, issuer, subject, by=BY_COMMAND, now=now)
    typer.echo(f"{username}: opened by {issuer}")


@app.command()
def unlink(
    username: Name,
    issuer: Annotated[str, typer.Argument(help="Of the provider, as it says it.")],
) -> None:
    """Take the identities of a provider from an account."""
    with books() as (session, _):
        account = accounts.account_of(session, username)
        had = links.unlink(session, account, issuer, by=BY_COMMAND)
    typer.echo(f"{username}: {'unlinked' if had else 'was not linked'}")


def _invite(session: Session, platform: Mapping[str, Any], invitee: Invitee) -> None:
    now = platform["clock"].now()
    sent = invitations.invite(session, invitee, by=BY_COMMAND, now=now)
    settings = platform["settings"]
    where = settings.address or f"http://{settings.host}:{settings.port}"
    typer.echo(f"{where}/invitations/{sent.token}")


def _switch(username: str, *, active: bool) -> None:
    with books() as (session, _):
        changed = accounts.switch(session, username, active=active)
    said = "enabled" if active else "disabled"
    typer.echo(f"{username}: {said}" if changed else f"{username}: was {said} before")
