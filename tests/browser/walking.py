"""Every page of the patient and of the counter, each looked at in every size and light."""

import os
from dataclasses import dataclass
from urllib.parse import urlencode

from playwright.sync_api import Page

from fixtures import cast
from tests.browser.seeing import SHOTS, violations
from tests.browser.stage import Stage
from tests.world import AMLODIPINE

# Whole pictures of every page take as long as all the rest: they are made where asked for.
KEEPS_PICTURES = bool(os.environ.get("YAODA_SCREENS"))
HIGH = 900
# Half a desk is what a desk of 1280 px shows at twice the size.
WIDTHS = {"phone": 390, "tablet": 768, "half a desk": 640, "desk": 1280}
PAPER_PX = 718  # A4 less its margins
TAP_PX = 44
ELDER_PX = 60  # 适老化: what is pressed in a page of large letters
# What is wider than its room: the page itself, a box that scrolls, words cut off; and what
# is tapped and too small for a thumb, but for a link inside a sentence.
WRONG = """([elder, least, large]) => {
  document.body.classList.toggle("elder", elder);
  const told = (one) => one.outerHTML.slice(0, 90);
  const page = document.documentElement;
  const wide = [...document.querySelectorAll("main *")].filter((one) =>
    one.clientWidth > 1 && one.scrollWidth > one.clientWidth + 1
    && getComputedStyle(one).overflowX !== "visible"
    && !one.matches("input, textarea, .unseen") && one.checkVisibility());
  if (page.scrollWidth > page.clientWidth) { wide.push(page); }
  const inside = (one) => one.tagName === "A" && getComputedStyle(one).display === "inline"
    && one.parentElement.textContent.trim() !== one.textContent.trim();
  const small = [...document.querySelectorAll("a, button, input, select, textarea, summary")]
    .filter((one) => {
      const box = one.getBoundingClientRect();
      const ticks = one.matches("[type=radio], [type=checkbox]") && one.labels[0];
      const high = ticks ? ticks.getBoundingClientRect().height : box.height;
      const pressed = elder && one.matches("main button, main a.button, main select");
      const wanted = pressed ? large : least;
      return box.width > 1 && (high < wanted || (!ticks && box.width < least))
        && one.checkVisibility({visibilityProperty: true}) && !inside(one)
        && !one.closest(".skip, .unseen");
    });
  const letters = parseFloat(getComputedStyle(document.body).fontSize);
  const tiny = elder && document.querySelector(".looks") && letters < 18 ? [`${letters} px`] : [];
  const all = [[wide, "wide"], [small, "small"]];
  return tiny.concat(all.flatMap(([ones, how]) => ones.map((one) => `${how} ${told(one)}`)));
}"""
STILL = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`* { animation: none !important; transition: none !important;
    caret-color: transparent !important; }
    body, body * { font-family: "WenQuanYi Micro Hei" !important; }`);
  document.adoptedStyleSheets = [sheet];
}"""


@dataclass(frozen=True, slots=True)
class Face:
    """A page: what it is called, who sees it, and where it is."""

    name: str
    who: str | None
    path: str
    by_thumb: bool = True  # also on a phone, and without a mouse


def faces(stage: Stage) -> dict[str, list[Face]]:
    """List every page of the patient and of the counter, in every state that it has."""
    return {
        "visitors": _visitors(),
        "patient": _patients(stage),
        "prescriptions": _each(stage, "patient", "alice"),
        "nothing": _others(),
        "counter": _counters(stage),
        "desk": _each(stage, "counter", "counter"),
        "offices": _offices(stage),
    }


def _each(stage: Stage, face: str, who: str) -> list[Face]:
    return [
        Face(f"{face}-rx-{name}", who, f"/{face}/prescriptions/{id}")
        for name, id in stage.rx.items()
    ]


def _visitors() -> list[Face]:
    paths = {"login": "/login", "design": "/design", "verify": "/receipts/verify"}
    paths["verify-evidence"] = "/evidence/verify"
    return [Face(name, None, path) for name, path in paths.items()]


def _patients(stage: Stage) -> list[Face]:
    here = "/patient/prescriptions"
    rx, shared = stage.rx, "/patient/sharing"
    paths = {
        "home": "/patient",
        "me": "/patient/me",
        "codes": "/patient/codes",
        "medicines": "/patient/medicines",
        "year": "/patient/year",
        "readers": "/patient/readers",
        "closing": "/patient/closing",
        "closing-sure": "/patient/closing/sure",
        "sharing": shared,
        "sharing-codes": f"{shared}/codes",
        "family": f"{shared}/family",
        "feedback": "/patient/feedback",
        "rate": f"{here}/{rx['given']}/feedback",
        "complain": f"{here}/{rx['given']}/feedback?kind=complaint",
        "slip": f"{here}/{rx['received']}/slip",
        "outlets": f"{here}/{rx['received']}/outlets",
        "outlets-collect": f"{here}/{rx['received']}/outlets?how=collect&sort=price",
        "order-form": f"{here}/{rx['settled']}/order",
        "why-refused": f"{here}/{rx['refused']}/explanation",
        "why-settled": f"{here}/{rx['settled']}/explanation",
        "receipt": _receipt(stage, "patient"),
        "proofs": "/proofs",
        "proof": f"/proofs/{stage.orders['delivered']}",
        "none": f"{here}/{cast.alice.person_no}",
        **{
            f"order-{name}": f"/patient/orders/{id}"
            for name, id in stage.orders.items()
        },
    }
    return [Face(f"patient-{name}", "alice", path) for name, path in paths.items()]


def _others() -> list[Face]:
    """List what is empty: a patient without a prescription, a counter without a queue."""
    names = ("", "/codes", "/medicines", "/year", "/readers", "/sharing")
    names += ("/sharing/codes", "/sharing/family", "/feedback")
    empty = [
        Face(f"empty{name.replace('/', '-')}", "bob", f"/patient{name}")
        for name in names
    ]
    desk = {"home": "/counter", "till": "/counter/till", "stock": "/counter/stock"}
    desk |= {"smart": "/counter/smart"}
    desk |= {"reconciliation": "/counter/reconciliation", "feedback": "/feedback"}
    return empty + [
        Face(f"empty-counter-{name}", "second-counter", path)
        for name, path in desk.items()
    ]


def _counters(stage: Stage) -> list[Face]:
    here = "/counter/prescriptions"
    order = urlencode({"lead_days": 2, "cover_days": 28, "source": "本店"})
    paths = {
        "home": "/counter",
        "paper": "/counter/paper",
        "till": "/counter/till",
        "stock": "/counter/stock",
        "reports": "/counter/reports",
        "report": "/counter/reports/2025-08",
        "managed": "/counter/managed?state=",
        "stock-orders": f"/counter/stock?generic_of={AMLODIPINE}&{order}",
        "medicines": "/medicines",
        "medicines-found": f"/medicines?{urlencode({'q': '氨氯'})}",
        "medicines-none": f"/medicines?{urlencode({'q': 'qqq'})}",
        "medicine": f"/medicines/{AMLODIPINE}",
        "breaches": "/counter/breaches",
        "label": f"/counter/orders/{stage.orders['placed']}/label",
        "proofs": "/proofs",
        "proof": f"/proofs/{stage.orders['delivered']}",
        "reconciliation": "/counter/reconciliation",
        "feedback": "/feedback",
        "notices": "/notices",
        "uploads": "/uploads",
        "password": "/change",
        "account": f"{here}/{stage.rx['settled']}/account",
        "why": f"{here}/{stage.rx['settled']}/explanation",
        "receipt-80": f"{_receipt(stage, 'counter')}?paper=80",
        "none": f"{here}/none",
    }
    return [Face(f"counter-{name}", "counter", path) for name, path in paths.items()]


def _offices(stage: Stage) -> list[Face]:
    """List the pages of the other faces; a plan is worked on a wide screen with a mouse."""
    bureau = {
        "": "/bureau",
        "-desk": "/bureau/desk",
        "-calendar": "/bureau/desk/calendar",
        "-tasks": "/bureau/desk/tasks",
        "-task": "/bureau/desk/tasks/due:quarterly-inspection:2025-09-30",
        "-meetings": "/bureau/desk/meetings",
        "-inspection": "/bureau/desk/inspections",
        "-groups": "/bureau/groups",
        "-groups-measured": "/bureau/groups/measured",
        "-smart": "/bureau/smart",
        "-lists": "/bureau/lists",
        "-smart-rules": "/bureau/smart/rules",
        "-smart-cases": "/bureau/smart/cases",
        "-smart-pledges": "/bureau/smart/pledges",
        "-matching": "/bureau/matching",
        "-forms": "/bureau/forms",
        "-form": "/bureau/forms/2025-08",
        "-reports": "/bureau/forms/2025-08/reports",
        "-differences": "/bureau/forms/2025-08/reports/differences",
        "-summary": "/bureau/summaries/2025",
        "-statistics": "/bureau/forms/2025-08/statistics",
        "-reconciliation": "/bureau/reconciliation",
        "-keys": "/bureau/keys",
        "-network": "/bureau/network",
        "-gaps": "/bureau/network-gaps",
        "-stock": "/bureau/stock",
        "-traces": "/bureau/traces",
        "-files": "/medicines/files",
        "-carriers": "/bureau/carriers",
        "-deliveries": "/bureau/carriers/deliveries",
        "-proofs": "/proofs",
        "-proof": f"/proofs/{stage.orders['delivered']}",
    }
    road = stage.orders["road"]
    wide = [
        ("dispatch", "dispatcher", "/dispatch"),
        ("dispatch-crew", "dispatcher", "/dispatch/crew"),
        ("dispatch-courier", "dispatcher", "/dispatch/crew/C33030000101"),
        ("dispatch-road", "dispatcher", "/dispatch/road"),
        ("dispatch-cases", "dispatcher", "/dispatch/cases"),
        ("dispatch-plan", "dispatcher", f"/dispatch/plans/{stage.plan}"),
    ]
    return [
        *(Face(*one, by_thumb=False) for one in wide),
        *(Face(f"bureau{name}", "bureau", path) for name, path in bureau.items()),
        Face("hospital", "hospital", "/hospital"),
        Face("loggers", "dispatcher", "/dispatch/loggers"),
        Face("score", "dispatcher", "/dispatch/score"),
        Face("dispatch-proofs", "dispatcher", "/proofs"),
        Face("courier", stage.rider, "/courier"),
        Face("courier-call", stage.rider, f"/courier/orders/{road}/call"),
        Face("invited", stage.rider, _invitation(stage)),
    ]


def _invitation(stage: Stage) -> str:
    """Invite a courier; the link's page is the same for whoever opens it."""
    asked = stage.town.program("dispatcher")
    return str(asked.post("/crew/C33030000102/invitation", {})["path"])


def _receipt(stage: Stage, face: str) -> str:
    clerk = stage.town.program("counter")
    held = clerk.get(f"/prescriptions/{stage.rx['settled']}/settlement")
    return f"/{face}/settlements/{held['id']}/receipt"


def look(page: Page, face: Face) -> list[str]:
    """Look at a page in every size, large and usual, light, dark and on paper."""
    found: dict[str, list[str]] = {}

    def see(how: str, width: int, *, elder: bool = False) -> None:
        page.set_viewport_size({"width": width, "height": HIGH})
        if not face.by_thumb:
            return
        for one in page.evaluate(WRONG, [elder, TAP_PX, ELDER_PX]):
            found.setdefault(one, []).append(how)

    def read(how: str, *rules: str) -> None:
        for one in violations(page, *rules):
            found.setdefault(str(one), []).append(how)

    page.evaluate(STILL)
    for how, width in WIDTHS.items():
        see(how, width)
    shoot(page, f"{face.name}-1280")
    read("in the light")
    page.emulate_media(media="print")
    see("on paper", PAPER_PX)
    page.emulate_media(media="screen", color_scheme="dark")
    see("smallest, large letters", 320, elder=True)
    read("in the dark", "color-contrast")
    page.emulate_media(color_scheme="light")
    see("phone, large letters", 390, elder=True)
    shoot(page, f"{face.name}-390")
    return [f"{face.name}: {what} ({', '.join(how)})" for what, how in found.items()]


def shoot(page: Page, name: str) -> None:
    """Keep a picture of the whole page, where pictures are wanted."""
    if KEEPS_PICTURES:
        SHOTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=SHOTS / f"{name}.png", full_page=True)
