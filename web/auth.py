"""Who is calling: sign-in pages, tokens, roles, and whom an account stands for."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import wraps
from time import time
from typing import Any, TypeVar

from flask import Flask, Request, abort, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import (
    ChangePasswordForm,
    LoginForm,
    Security,
    auth_required,
    current_user,
)
from flask_wtf import CSRFProtect  # type: ignore[import-untyped]
from werkzeug.wrappers import Response
from wtforms import PasswordField, StringField  # type: ignore[import-untyped]
from wtforms.validators import InputRequired, Length  # type: ignore[import-untyped]

from dispensing.desk import Reader
from dispensing.phones import is_phone
from web import (
    client_keys,
    db,
    doors,
    events,
    guessing,
    matrix,
    parts,
    passwords,
    program_door,
    rates,
    second_factor,
    sessions,
    under_lock,
)
from web.accounts import Account, Accounts, hashed
from web.brake import Brake, hold, turned_away
from web.keys import Keys
from web.paths import is_own
from web.settings import Settings
from web.words import say

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])
WRONG = "账号或密码不对，请核对后重试。"
WAIT = "尝试次数过多，请过几分钟再试（最多等十分钟）。"
ASTRAY = "登录后要去的地址不对，请重新登录。"
HOMES = {
    "patient": "patient_pages.home",
    "counter": "counter_pages.home",
    "pharmacist": "counter_pages.home",
    "hospital": "pages.hospital",
    "dispatch": "dispatch_pages.home",
    "courier": "courier_pages.home",
    "bureau": "bureau_pages.home",
    "admin": "bureau_pages.home",
    "auditor": "audit_pages.home",
    "health": "desk_pages.home",
}


@dataclass(frozen=True, slots=True)
class Caller:
    """The account behind a request and what it stands for."""

    user: str
    name: str
    roles: frozenset[str]
    subject: str

    def as_role(self, *wanted: str) -> str:
        """Name the first of the wanted roles that the caller has."""
        return next(role for role in wanted if role in self.roles)

    def doing(self, action: str) -> str:
        """Name the role in which the caller does an action."""
        return self.as_role(*matrix.roles_for(action))

    def reads(self, role: str, purpose: str) -> Reader:
        """Say who reads a patient's data, as which role, and why."""
        return Reader(user=self.user, role=role, purpose=purpose)


class SignInForm(LoginForm):
    """The sign-in form: account name and password, braked after many failures."""

    email = None
    remember = None  # a session has an end
    username = StringField(
        "账号名、手机号或参保人编号", [InputRequired(), Length(max=64)]
    )
    password = PasswordField("密码", [InputRequired(), Length(max=128)])

    def validate(self, **kwargs: Any) -> bool:
        """Tell whether the name and the password open an account."""
        name = doors.folded(self.username.data or "")
        if self.next.data and not is_own(self.next.data):
            self.next.data = ""
            self.form_errors.append(say(ASTRAY))
            return False
        if not guessing.admits(name):
            self.form_errors.append(say(WAIT))
            return False
        self.ifield = self.username
        self.user = doors.account_at(self.username.data or "")
        if super().validate(**kwargs):
            guessing.passed(name)
            guessing.know(name)
            return True
        events.tell("sign_in_failed", self.user)
        # Which of the two was wrong is not told: it would tell who has an account.
        self.username.errors, self.password.errors = [say(WRONG)], []
        return False

    def is_phone(self) -> bool:
        """Tell whether what was typed looks like a phone, of somebody or of nobody."""
        return is_phone(self.username.data or "")


class ChangeForm(ChangePasswordForm):
    """The form for a new password, braked as well: a borrowed session must not guess."""

    def validate(self, **kwargs: Any) -> bool:
        """Tell whether the present password was right and the new one will do."""
        brake, trying = _change_brake(), current_user.username
        if not brake.admits(trying):
            turned_away((brake, trying))
            self.form_errors.append(say(WAIT))
            return False
        if not super().validate(**kwargs):
            return False
        brake.passed(trying)
        roles = {role.name for role in current_user.roles}
        about = (current_user.username, current_user.name)
        lost = parts.settings().breached_passwords
        wrong = passwords.fault(self.new_password.data or "", roles, *about, lost=lost)
        if wrong:
            self.form_errors.append(wrong)
        return not wrong


def init_app(app: Flask, settings: Settings, keys: Keys) -> None:
    """Give the app its accounts, its sign-in pages and its protection of forms."""
    app.config.update(_config(settings, keys))
    guessing.init_app(app, settings.logins_failed_max)
    CSRFProtect(app)
    accounts = Accounts()
    app.extensions["accounts"] = accounts
    # Before the library looks who is signed in.
    sessions.init_app(app)
    security = Security(
        app, accounts, login_form=SignInForm, change_password_form=ChangeForm
    )
    security.unauthn_handler(_not_signed_in)
    security.want_json(lambda _request: False)
    _take_tokens_from_the_header_only(app)
    app.before_request(_take_no_json_at_the_door)
    program_door.init_app(app)
    app.jinja_env.globals["caller"] = caller_or_none
    app.jinja_env.globals["password_length_min"] = lambda: passwords.length_min(
        {role.name for role in current_user.roles}
    )


def may(
    action: str, *, face: str | None = None, page: bool = False
) -> Callable[[View], View]:
    """Let only accounts in whose role may do an action, of one face where it is named.

    Who may is declared in `web.matrix`. Pages take sessions, the API also tokens, and keys
    of programs that open the action.
    """
    roles = matrix.roles_for(action, face)
    assert roles, (action, face)

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> ResponseReturnValue:
            held = {role.name for role in current_user.roles}
            is_open = program_door.covers(current_user, action)
            if not is_open or not matrix.permits(held, action, face):
                abort(403)
            rates.count(
                current_user.username,
                action,
                is_program=isinstance(current_user, program_door.Program),
            )
            named = under_lock.put_away(held, kwargs)
            # One who acts twice under one key gets the first answer again.
            return client_keys.answer_once(
                current_user.username, lambda: view(*args, **named)
            )

        ways = ("session",) if page else ("token", "session")
        entered = auth_required(*ways)(guarded)
        entered.action, entered.login_roles = action, roles
        return entered  # type: ignore[no-any-return]

    return decorate


def caller() -> Caller:
    """Tell who calls; only for views behind `may`."""
    account: Account = current_user
    roles = frozenset(role.name for role in account.roles)
    return Caller(account.username, account.name, roles, account.subject)


def caller_or_none() -> Caller | None:
    """Tell who calls, or None for a visitor."""
    return caller() if current_user and current_user.is_authenticated else None


def token_for(username: str, password: str, code: str = "") -> str | None:
    """Return a token for an API client, or None where name, password and digits do not fit."""
    name = doors.folded(username)
    guessing.hold(name)
    account = doors.account_at(username)
    if account is None:
        hashed(password)  # takes as long as a comparison would
    elif account.verify_and_update_password(password) and account.active:
        guessing.passed(name)
        if _second_passes(account, code):
            events.tell("token_given", account)
            return str(account.get_auth_token())
    events.tell("sign_in_failed", account)
    return None


def _second_passes(account: Account, code: str) -> bool:
    """Tell whether the second factor of an account is right, where it needs one."""
    if not account.check_tf_required([], tf_fresh=False)[0]:
        return True
    brake = factor_brake()
    hold((brake, account.username))
    with db.open_session(current_app.extensions["engine"]) as work:
        passed = second_factor.passes(
            work, parts.desk().vault, account, code, at_s=time()
        )
    if passed:
        brake.passed(account.username)
    return passed


def factor_brake() -> Brake:
    """Return the brake on guessed digits, of pages and of programs together."""
    return Brake(parts.settings().logins_failed_max, "second factor")


def home_of(who: Caller) -> str:
    """Return the address of the page where this caller begins."""
    return url_for(HOMES[who.as_role(*HOMES)])


def _change_brake() -> Brake:
    return Brake(parts.settings().logins_failed_max, "change")


def _take_tokens_from_the_header_only(app: Flask) -> None:
    # The library takes a token from the address as well, where it ends in others' logs.
    manager = app.login_manager  # type: ignore[attr-defined]
    library = manager.request_callback

    def account_of(asked: Request) -> Any:
        named = app.config["SECURITY_TOKEN_AUTHENTICATION_KEY"]
        return None if named in asked.args else library(asked)

    manager.request_loader(account_of)


def _take_no_json_at_the_door() -> None:
    # Programs have POST /api/tokens; the library's own answers are no problem documents.
    if request.blueprint == "security" and request.is_json:
        abort(415)


def _not_signed_in(_ways: Any, headers: Any = None) -> Response:
    away: Exception | None = g.get("accounts_away")
    if away is not None:
        raise away  # nobody could look who is asking
    if request.path.startswith("/api/"):
        abort(401)
    here = request.full_path if request.method == "GET" else _page_of_form()
    return redirect(url_for("security.login", next=here if is_own(here) else "/"))


def _page_of_form() -> str:
    """Give the page of the address that a form was sent to, or the first one."""
    pages = current_app.create_url_adapter(request)
    is_page = pages is not None and pages.test(request.path, method="GET")
    return request.path if is_page else "/"


def _config(settings: Settings, keys: Keys) -> dict[str, Any]:
    hours = timedelta(hours=settings.token_hours)
    return {
        "SECRET_KEY": keys.session.hex(),
        "SECURITY_PASSWORD_SALT": keys.password.hex(),
        "SECURITY_PASSWORD_HASH": "argon2",
        "SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS": {
            "argon2__memory_cost": settings.password_memory_kib
        },
        "SECURITY_USER_IDENTITY_ATTRIBUTES": [{"username": {"mapper": _as_is}}],
        "SECURITY_POST_LOGIN_VIEW": "/",
        "SECURITY_POST_LOGOUT_VIEW": "/",
        "SECURITY_LOGIN_USER_TEMPLATE": "login.html",
        "SECURITY_CHANGEABLE": True,
        "SECURITY_CHANGE_PASSWORD_TEMPLATE": "change.html",
        "SECURITY_LOGOUT_USER_TEMPLATE": "logout.html",
        "SECURITY_FRESHNESS": timedelta(minutes=-1),  # no page asks for it again
        "SECURITY_SEND_PASSWORD_CHANGE_EMAIL": False,  # accounts have no address
        "SECURITY_PASSWORD_LENGTH_MIN": 10,
        "SECURITY_FLASH_MESSAGES": False,
        "SECURITY_TOKEN_MAX_AGE": hours,
        "SECURITY_CSRF_PROTECT_MECHANISMS": ["session"],
        "SECURITY_LOGOUT_CSRF": True,
        "WTF_CSRF_CHECK_DEFAULT": False,
        # We send no referrer, so none can be asked for; the token is enough.
        "WTF_CSRF_SSL_STRICT": False,
        "WTF_CSRF_TIME_LIMIT": None,  # as long as the session
        "SESSION_COOKIE_NAME": "__Host-yaoda" if settings.https else "yaoda",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": settings.https,
        "PERMANENT_SESSION_LIFETIME": timedelta(hours=settings.session_patient_hours),
    }


def _as_is(identity: str) -> str:
    return identity
