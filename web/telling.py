"""Tell what a lived day came to: prescriptions, checks, money, routes, quota."""

from datetime import date

from rich.console import Console
from rich.table import Table
from sqlmodel import Session

from dispensing import service
from dispensing.desk import Desk
from dispensing.money import yuan
from dispensing.service.views import DayNumbers
from dispensing.words import check_name
from fixtures.day import Lived
from pharmacies import service as network
from routing.service.views import PlanView


def tell(
    console: Console, session: Session, desk: Desk, *, day: date, lived: Lived
) -> None:
    """Print the tables that end the demo, each asked of the services."""
    numbers = service.day_numbers(session, day)
    console.print(_prescriptions(day, numbers, lived))
    console.print(_checks(numbers))
    console.print(_money(desk, numbers, lived))
    console.print(_deliveries(lived))
    for plan in lived.plans:
        for left in plan.unserved:
            console.print(
                f"unserved {left.order_id}: {left.words_zh} ({left.words_en})"
            )
    console.print(_quota(session, desk, day))
    for surprise in lived.surprises:
        console.print(f"not as foretold: {surprise}")


def _prescriptions(day: date, numbers: DayNumbers, lived: Lived) -> Table:
    table = _table(f"Prescriptions 处方, {day}", "", "count")
    table.add_row("received 收到", str(lived.received))
    for decision, words in (
        ("accepted", "accepted 通过"),
        ("review", "for review 待复核"),
        ("refused", "refused 不予结算"),
    ):
        table.add_row(words, str(numbers.decisions[decision]))
    left = lived.received - sum(numbers.decisions.values())
    table.add_row("left for you to walk 留给您操作", str(left))
    return table


def _checks(numbers: DayNumbers) -> Table:
    table = _table("By check 按检查项", "check", "", "refused", "review", "warned")
    for check, verdicts in numbers.by_check.items():
        counts = (str(verdicts.get(each, "")) for each in ("refused", "review", "warn"))
        table.add_row(check, check_name(check, "zh"), *counts)
    return table


def _money(desk: Desk, numbers: DayNumbers, lived: Lived) -> Table:
    label = desk.overlay.label if desk.overlay else ""
    table = _table(f"Settlements 结算 {label}", "", "yuan")
    for words, fen in (
        ("total 总额", numbers.total_fen),
        ("fund 统筹基金", numbers.fund_fen),
        ("account 个人账户", numbers.account_fen),
        ("cash 现金", numbers.cash_fen),
    ):
        table.add_row(words, yuan(fen))
    posted = numbers.settlements.get("posted", 0)
    table.add_row("settled 已结算", f"{posted} times")
    table.add_row("answer lost, then resolved 结果未知后查清", f"{lived.unknown} times")
    table.add_row("reversed 冲正", f"{numbers.reversals} times")
    return table


def _deliveries(lived: Lived) -> Table:
    table = _table(
        "Deliveries 配送",
        "firm",
        "slice 时段",
        "parcels",
        "routes",
        "km",
        "stops/h",
        "unserved",
    )
    for plan in lived.plans:
        table.add_row(*_plan_row(plan))
    ends = ", ".join(f"{name} {count}" for name, count in lived.outcomes.most_common())
    table.caption = f"at the door: {ends}; collected at the counter: {lived.collected}"
    return table


def _plan_row(plan: PlanView) -> tuple[str, ...]:
    return (
        plan.carrier_code,
        f"{plan.opens:%H:%M}-{plan.closes:%H:%M}",
        str(plan.parcels),
        str(len(plan.routes)),
        f"{plan.distance_m / 1000:.0f}",
        f"{plan.stops_per_hour:.1f}",
        str(len(plan.unserved)),
    )


def _quota(session: Session, desk: Desk, day: date) -> Table:
    rules = desk.rules_of("wenzhou", day)
    table = _table("Quota 指定药店目标", "unit", "target", "designated", "gap")
    standings = network.quota_standings(session, rules.quota_targets, day)
    for each in standings:
        gap = str(each.gap) if each.gap else ""
        table.add_row(each.unit, str(each.target), str(each.designated), gap)
    short = ", ".join(f"{each.unit} -{each.gap}" for each in standings if each.gap)
    table.caption = f"below the floor: {short or 'none'}"
    return table


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left")
    for number, name in enumerate(columns):
        table.add_column(name, justify="left" if number == 0 else "right")
    return table
