"""Who pays what: the split of a bill between fund, account and cash (R17, R18)."""

from dataclasses import dataclass
from datetime import date

from dispensing.money import share_fen
from dispensing.policy.figures import Figure
from dispensing.policy.rules import Rules, Terms
from dispensing.prescription import Dispensing, Insured, Line

_UNBOUNDED = 10**30  # fen: more than any bill


@dataclass(frozen=True, slots=True)
class LineSplit:
    """One line of the bill, split."""

    name: str
    total_fen: int
    own_paid_fen: int  # outside the insurance catalogue (全自费)
    over_standard_fen: int  # above the payment standard (超限价)
    self_pay_fen: int  # first self-pay share of tier 乙 (先行自付)
    in_scope_fen: int  # within the policy's scope (符合政策范围)
    deductible_fen: int  # of the in-scope part, taken by the deductible (起付标准)
    uncut_fund_fen: int  # the fund's share before the year's cap
    fund_fen: int  # paid by the pooled fund (统筹基金)
    account_fen: int  # paid by the personal account (个人账户)
    mutual_aid_fen: int  # paid by relatives' accounts (家庭共济)
    cash_fen: int
    ratio_permyriad: int
    ratio: Figure  # the figure that the ratio was read from


@dataclass(frozen=True, slots=True)
class Split:
    """The whole bill: the sums of its lines, and what each amount rests on."""

    total_fen: int
    own_paid_fen: int
    over_standard_fen: int
    self_pay_fen: int
    in_scope_fen: int
    deductible_fen: int
    fund_fen: int
    account_fen: int
    mutual_aid_fen: int
    cash_fen: int
    lines: tuple[LineSplit, ...]
    deductible_left_fen: int  # before this bill
    cap_room_fen: int | None  # before this bill; None: no cap is stated
    ratios: tuple[Figure, ...]  # each figure once, in the order of the lines
    deductible: Figure
    cap: Figure | None

    @property
    def patient_fen(self) -> int:
        """Give what the fund does not pay, in fen: accounts and cash."""
        return self.total_fen - self.fund_fen

    @property
    def bases(self) -> tuple[Figure, ...]:
        """Give every figure that the amounts rest on."""
        cap = () if self.cap is None else (self.cap,)
        return (*self.ratios, self.deductible, *cap)


def split_bill(dispensing: Dispensing, rules: Rules) -> Split:
    """Split a bill line by line, then sum the lines.

    The deductible is taken from the lines in their order; the year's cap (年度支付限额)
    cuts what the fund pays, in the order of the lines; the personal account pays the
    parts that it may, then a relative's account (共济) the same; the rest is cash. No
    figure of the terms may be open.
    """
    insured = dispensing.insured
    terms = terms_of(dispensing, rules)
    deductible_left_fen = max(0, terms.deductible_fen - insured.used.deductible_fen)
    cap, room_fen = cap_room(dispensing, rules)
    # Without a cap there is room for every fund payment of the bill.
    left = [deductible_left_fen, _UNBOUNDED if room_fen is None else room_fen]
    left += (insured.account_fen, insured.mutual_aid_fen)
    lines = tuple([_split_line(line, terms, rules, left) for line in dispensing.lines])
    sums = _sums(lines)
    assert room_fen is None or sums[6] <= room_fen
    return Split(
        *sums,
        lines,
        deductible_left_fen,
        room_fen,
        _ratios(lines),
        terms.deductible,
        cap,
    )


def terms_of(dispensing: Dispensing, rules: Rules) -> Terms:
    """Give the ratio and the deductible for the person, the venue and the disease."""
    key = dispensing.insured.scheme, dispensing.outlet.venue
    return rules.terms[(*key, dispensing.prescription.disease)]


def cap_room(dispensing: Dispensing, rules: Rules) -> tuple[Figure | None, int | None]:
    """Find the cap of the year and the room left under it, in fen."""
    return room_of(dispensing.insured, dispensing.on, rules)


def room_of(
    insured: Insured, on: date, rules: Rules
) -> tuple[Figure | None, int | None]:
    """Find a person's cap of the year and the room left under it on a day, in fen.

    The pot is chosen by the diseases registered that day (R6); a pot shared with
    ordinary outpatient pooling counts those payments too (R7).
    """
    pots = rules.pots.get(insured.scheme)
    if not pots:
        return None, None
    registered = {disease for disease, since in insured.diseases.items() if since <= on}
    for pot in pots:
        if pot.diseases <= registered:
            return pot.cap, max(0, pot.cap_fen - _counted_fen(insured, rules))
    return None, None


def _counted_fen(insured: Insured, rules: Rules) -> int:
    used = insured.used
    return used.fund_fen + (used.ordinary_fund_fen if rules.shared_cap else 0)


def _split_line(line: Line, terms: Terms, rules: Rules, left: list[int]) -> LineSplit:
    """Split one line and take its parts from what is left of deductible, cap, account."""
    total_fen, own_fen, over_fen, self_fen = _outside(line)
    scope_fen = total_fen - own_fen - over_fen - self_fen
    ratio, ratio_permyriad = terms.ratio, terms.ratio_permyriad
    if line.vbp:
        ratio, ratio_permyriad = terms.ratio_vbp, terms.vbp_permyriad

    deductible_left_fen, cap_left_fen, account_left_fen, aid_left_fen = left
    deductible_fen = min(deductible_left_fen, scope_fen)
    uncut_fen = share_fen(scope_fen - deductible_fen, ratio_permyriad)
    fund_fen = min(uncut_fen, cap_left_fen)
    payable_fen = scope_fen - fund_fen
    if rules.account_pays_self_pay:
        payable_fen += self_fen
    if rules.account_pays_own_paid:
        payable_fen += own_fen
    if rules.account_pays_over_standard:
        payable_fen += over_fen
    account_fen = min(account_left_fen, payable_fen)
    aid_fen = min(aid_left_fen, payable_fen - account_fen)
    left[:] = (
        deductible_left_fen - deductible_fen,
        cap_left_fen - fund_fen,
        account_left_fen - account_fen,
        aid_left_fen - aid_fen,
    )

    assert min(own_fen, over_fen, self_fen, scope_fen, account_fen) >= 0
    assert 0 <= fund_fen <= scope_fen - deductible_fen
    assert own_fen + over_fen + self_fen + scope_fen == total_fen
    return LineSplit(
        line.name,
        total_fen,
        own_fen,
        over_fen,
        self_fen,
        scope_fen,
        deductible_fen,
        uncut_fen,
        fund_fen,
        account_fen,
        aid_fen,
        total_fen - fund_fen - account_fen - aid_fen,
        ratio_permyriad,
        ratio,
    )


def _outside(line: Line) -> tuple[int, int, int, int]:
    """Give a line's total, own-paid, over-standard and first self-pay parts, in fen."""
    total_fen = line.price_fen * line.quantity
    if line.tier == "丙":
        return total_fen, total_fen, 0, 0
    over_fen = 0
    if line.standard_fen is not None and line.price_fen > line.standard_fen:
        over_fen = (line.price_fen - line.standard_fen) * line.quantity
    if line.tier == "乙":
        rest_fen = total_fen - over_fen
        return total_fen, 0, over_fen, share_fen(rest_fen, line.self_pay_permyriad)
    return total_fen, 0, over_fen, 0


def _sums(
    lines: tuple[LineSplit, ...],
) -> tuple[int, int, int, int, int, int, int, int, int, int]:
    """Sum the lines in the order of the fields of `Split`, and hold the identities."""
    total = own = over = own_share = scope = deductible = fund = account = aid = (
        cash
    ) = 0
    for line in lines:
        total += line.total_fen
        own += line.own_paid_fen
        over += line.over_standard_fen
        own_share += line.self_pay_fen
        scope += line.in_scope_fen
        deductible += line.deductible_fen
        fund += line.fund_fen
        account += line.account_fen
        aid += line.mutual_aid_fen
        cash += line.cash_fen
    assert fund + account + aid + cash == total
    assert own + over + own_share + scope == total
    return total, own, over, own_share, scope, deductible, fund, account, aid, cash


def _ratios(lines: tuple[LineSplit, ...]) -> tuple[Figure, ...]:
    """Give each ratio once, in the order of the lines."""
    found: tuple[Figure, ...] = ()
    last = None
    for line in lines:
        if line.ratio is not last:
            last = line.ratio
            found = found if last in found else (*found, last)
    return found
