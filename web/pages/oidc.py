"""Sign in by an institution's own provider, and link its identity to one's account.

Whoever comes back has to bring the state that this browser went with, once. An identity opens
an account that it was linked to before, and never makes one.
"""

from flask import (
    Blueprint,
    Flask,
    current_app,
    redirect,
    render_template,
    request,
    url_for,
)
from flask import session as kept
from flask.typing import ResponseReturnValue
from flask_security import current_user, login_user
from werkzeug.exceptions import NotFound

from web import clock, db, parts
from web.accounts import Account
from web.auth import caller, may
from web.oidc import links
from web.oidc.asking import NoAnswer
from web.oidc.flow import Begun, Distrusted, Flow, Identity
from web.oidc.providers import Provider, read_providers
from web.pages import factor, fresh
from web.paths import is_own
from web.words import say

bp = Blueprint("oidc_pages", __name__, url_prefix="/oidc")
UNDER_WAY, FOUND = "oidc_begun", "oidc_found"
BEGUN_S_MAX = 600


def init_app(app: Flask) -> None:
    """Read the operator's providers, and let pages name them."""
    providers = read_providers(app.extensions["settings"].oidc)
    app.extensions["oidc"] = Flow(providers)
    app.jinja_env.globals["providers"] = providers.values
    app.register_blueprint(bp)
    app.register_blueprint(fresh.bp)


@bp.get("/<slug>")
def begin(slug: str) -> ResponseReturnValue:
    """Lead the browser to the provider, which it comes back from with a code."""
    provider = _provider(slug)
    if current_user.is_authenticated:  # to link, which is asked for the password
        stale = fresh.wanted(url_for(".begin", slug=slug))
        if stale is not None:
            return stale
    try:
        begun = _flow().begin(provider, _back(slug))
    except NoAnswer:
        return _failed(provider, down=True), 503
    wanted = request.args.get("next", "")
    kept[UNDER_WAY] = {
        "slug": slug,
        "state": begun.state,
        "nonce": begun.nonce,
        "verifier": begun.verifier,
        "at_s": _now_s(),
        "next": wanted if is_own(wanted) else "/",
        "links": current_user.is_authenticated,
    }
    return redirect(begun.url)


@bp.get("/<slug>/back")
def back(slug: str) -> ResponseReturnValue:
    """Take the browser back: sign in, or ask whether the identity shall be linked."""
    provider, begun = _provider(slug), kept.pop(UNDER_WAY, None)
    if not _fits(provider, begun):
        return _failed(provider), 403
    try:
        found = _flow().complete(
            provider,
            Begun("", begun["state"], begun["nonce"], begun["verifier"]),
            code=request.args.get("code", ""),
            back=_back(slug),
            now_s=_now_s(),
        )
    except NoAnswer:
        return _failed(provider, down=True), 503
    except Distrusted as error:
        current_app.logger.warning("identity distrusted: %s", error)
        return _failed(provider), 403
    if begun["links"]:
        return _asked(provider, found)
    return _entered(provider, found, begun["next"])


@bp.post("/<slug>/link")
@may("account.keep", page=True)
def link(slug: str) -> ResponseReturnValue:
    """Link the identity that the provider named a moment ago to the caller's account."""
    provider, found = _provider(slug), kept.pop(FOUND, None)
    stale = fresh.wanted()
    if stale is not None:
        return stale
    if (
        found is None
        or found["slug"] != slug
        or _now_s() - found["at_s"] > BEGUN_S_MAX
        or not _may_speak(provider, current_user)
    ):
        return _failed(provider), 403
    by = (current_user.username, current_user.roles[0].name)
    links.link(
        db.session(),
        current_user,
        provider.issuer,
        found["subject"],
        by=by,
        now=clock.now(),
    )
    return redirect(url_for("me_pages.home"))


@bp.post("/<slug>/unlink")
@may("account.keep", page=True)
def unlink(slug: str) -> ResponseReturnValue:
    """Take the identity of a provider from the caller's account."""
    stale = fresh.wanted()
    if stale is not None:
        return stale
    by = (current_user.username, current_user.roles[0].name)
    links.unlink(db.session(), current_user, _provider(slug).issuer, by=by)
    return redirect(url_for("me_pages.home"))


def _entered(provider: Provider, found: Identity, wanted: str) -> ResponseReturnValue:
    account = links.account_of(db.session(), found.issuer, found.subject)
    if account is None or not account.active or not _may_speak(provider, account):
        return _failed(provider, unknown=True), 403
    db.close_sessions()  # before others write
    needs = account.check_tf_required([], tf_fresh=False)[0]
    if needs and not found.second_factor:
        return factor.handed_on(account, wanted)
    login_user(account, authn_via=["oidc"])
    return redirect(wanted)


def _asked(provider: Provider, found: Identity) -> ResponseReturnValue:
    """Ask whether to link: coming back from a provider is nobody's word for it."""
    if not current_user.is_authenticated or not _may_speak(provider, current_user):
        return _failed(provider, unknown=True), 403
    kept[FOUND] = {
        "slug": provider.slug,
        "subject": found.subject,
        "at_s": _now_s(),
    }
    return render_template(
        "account/link.html", provider=provider, subject=found.subject, who=caller()
    )


def _fits(provider: Provider, begun: dict[str, object] | None) -> bool:
    """Tell whether this browser went to this provider, lately, with this state."""
    if begun is None or begun["slug"] != provider.slug:
        return False
    at_s = begun["at_s"]
    assert isinstance(at_s, int)
    told = request.args.get("iss", provider.issuer)
    return (
        _now_s() - at_s <= BEGUN_S_MAX
        and request.args.get("state") == begun["state"]
        and told == provider.issuer
        and "error" not in request.args
        and bool(request.args.get("code"))
    )


def _may_speak(provider: Provider, account: Account) -> bool:
    return provider.speaks_for({role.name for role in account.roles}, account.subject)


def _failed(provider: Provider, *, down: bool = False, unknown: bool = False) -> str:
    if down:
        said = say("{name} 现在没有应答。", name=provider.name)
        step = say("请过几分钟再试；急用时可以用账号和密码登录。")
    elif unknown:
        said = say("这个身份没有绑定可以登录的账号。")
        step = say(
            "请先用账号和密码登录，在“我的账号”里绑定；或请本单位管账号的人处理。"
        )
    else:
        said = say("没有通过 {name} 的验证，没有登录。", name=provider.name)
        step = say("请从登录页重新开始。")
    return render_template("account/provider.html", said=said, step=step)


def _provider(slug: str) -> Provider:
    found = _flow().providers.get(slug)
    if found is None:
        raise NotFound
    return found


def _flow() -> Flow:
    found: Flow = current_app.extensions["oidc"]
    return found


def _back(slug: str) -> str:
    address = parts.settings().address
    assert address is not None
    return address + url_for(".back", slug=slug)


def _now_s() -> int:
    return int(clock.now().timestamp())
