"""How pages show money, days, states and diseases, in the reader's language."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from flask import Flask
from jinja2 import pass_context
from jinja2.runtime import Context

from dispensing import words
from dispensing.conditions import CONDITIONS
from dispensing.days import CHINA
from dispensing.policy import Figure
from dispensing.service.at_home import AtHome
from dispensing.service.views import LineView
from routing.service.views import ArrivalView, UnservedView
from web import clock
from web.chart import colour
from web.measures import degrees, minutes
from web.pages.act_words import ACTS
from web.pages.dosing import dosing
from web.pages.role_words import ROLES
from web.words import language, pick, say

STATES = {
    **ACTS,
    "said_rated": "已评价",
    "said_waiting": "等答复",
    "said_overdue": "已逾期",
    "said_unsatisfied": "不满意",
    "said_answered": "已答复",
    "said_closed": "已解决",
    "topic_no_stock": "没有药",
    "topic_refused_me": "不肯配药",
    "topic_wrong_medicine": "药不对",
    "topic_price": "价格不对",
    "topic_manner": "态度不好",
    "topic_late": "送晚了",
    "topic_damaged": "包装破了",
    "topic_not_cold": "冷藏药没有冷着",
    "topic_wrong_place": "送错地方",
    "topic_not_passed": "核对没有通过",
    "topic_amount": "金额不对",
    "topic_other": "其他",
    "subscription_active": "正常",
    "subscription_disabled": "已停用（长期送达失败）",
    "subscription_gone": "对方已退订（410）",
    "subscription_ended": "已取消",
    "cash": "现金",
    "bank_card": "银行卡",
    "mobile": "手机支付",
    "received": "待取药",
    "settling": "结算中",
    "settled": "已结算",
    "reversed": "已冲正",
    "dispensed": "已取药",
    "revoked": "医院已撤销",
    "lapsed": "已过期",
    "unknown": "结算结果待确认",
    "pending": "结算中",
    "posted": "已结算",
    "void": "未结算",
    "reversing": "冲正中",
    "placed": "已下单",
    "packed": "已打包",
    "planned": "已排线",
    "crew_hired": "入职",
    "crew_changed": "变更",
    "crew_left": "不再配送",
    "pool_waiting": "待派",
    "pool_packed": "待派，已打包",
    "pool_placed": "待派，未打包",
    "pool_held": "暂缓",
    "pool_planned": "已排线",
    "pool_out": "配送中",
    "pool_ended": "已结束",
    "pool_all": "全部",
    "out": "配送中",
    "handed_over": "已送达",
    "returned": "已退回",
    "cancelled": "已取消",
    "draft": "草案",
    "committed": "已下发",
    "superseded": "已被新版本替代",
    "replaced": "已被新版本替代",
    "queued": "等待计划",
    "running": "正在计划",
    "failed": "未成功",
    "done": "已完成",
    "accepted": "可以结算",
    "review": "需要人工核对",
    "refused": "不能结算",
    "passed": "通过",
    "warn": "提醒",
    "ambient": "常温",
    "cold": "冷藏（2–8°C）",
    "picked_up": "已取药",
    "retry": "待再送",
    "return": "已退回",
    "start": "出发",
    "pickup": "取药",
    "dropoff": "送达",
    "end": "收班",
    "external": "外配处方",
    "internet_hospital": "互联网医院处方",
    "valid": "签名有效",
    "invalid": "签名无效",
    "none": "无电子签名",
    "never_sold": "没有销售记录",
    "sold": "已售出",
    "part_sold": "拆零售出一部分",
    "free": "可以销售",
    "destroyed": "已销毁",
    "pack_destroyed": "已销毁",
    "open": "待处理",
    "resolved": "已处理",
    "pack_sold": "售出",
    "pack_returned": "退回",
    "returned_stock": "回流药品",
    "copied_code": "追溯码被复制",
    "wrong_scan": "扫码差错",
    "first_sale_ended": "首次销售已撤销",
    "other": "其他",
    "patient_changed_mind": "患者改变主意",
    "wrong_entry": "录入错误",
    "out_of_stock": "缺货",
    "delivery_failed": "配送失败",
    "insurance_code": "调取码（医保码）",
    "access_code": "取药码",
    "access_open": "可以用",
    "access_expired": "已过期",
    "access_withdrawn": "已撤回",
    "access_locked": "已停用",
    "access_other-outlet": "在另一家药店出示",
    "access_other-helper": "代取人不符",
    "access_revoked": "医生已撤销",
    "access_lapsed": "处方已过有效期",
    "access_review-refused": "审方不通过",
    "access_nothing-left": "处方已结算或已取药",
    "resident": "城乡居民",
    "employee": "职工",
    "event_settlement": "结算",
    "event_message": "平台报文",
    "event_till_line": "收银台账行",
    "event_movement": "库存变动",
    "event_handover": "交付记录",
    "fix_query": "查询平台",
    "fix_retry": "补办",
    "fix_reverse": "冲正",
    "fix_book": "登记为差异",
    "why_timing": "跨日入账",
    "why_platform_error": "平台记账差错",
    "why_outlet_error": "门店操作差错",
    "why_rounding": "四舍五入",
    "why_collected_later": "患者稍后取药",
    "why_stock_loss": "库存盈亏",
    "why_to_be_claimed": "待追款或待退款",
    "why_other": "其他",
    "awaiting_review": "待审方",
    "awaiting_second_review": "待复核",
    "reviewed": "审方通过",
    "review_refused": "审方不通过",
    "claimed": "已锁定",
    "checked": "已核验",
    "ordered": "待配送",
    "on_the_road": "配送中",
    "part_dispensed": "部分取药",
    "repeatable": "可续方",
    "patient_left": "患者去了别处",
    "not_designated": "本店不能结算",
    "wrong_prescription": "锁定错了处方",
    "not_wanted": "患者不要剩余药品",
    "doctor_stopped": "医生停药",
    "substitution": "需要改方",
    "moved_received": "购进入库",
    "catalogue_waiting": "等待处理",
    "catalogue_running": "处理中",
    "catalogue_tried": "试运行完成",
    "catalogue_refused": "未写入",
    "catalogue_done": "已写入",
    "catalogue_failed": "处理失败",
    "audit_waiting": "等待运行",
    "audit_running": "运行中",
    "audit_refused": "没有运行",
    "audit_done": "运行完成",
    "audit_failed": "运行失败",
    "stage_reading": "读取",
    "stage_checking": "逐行核对",
    "stage_writing": "写入",
    "stage_naming": "建立检索",
    "fate_new": "新增",
    "fate_changed": "变更",
    "fate_same": "相同",
    "fate_refused": "拒绝",
    "moved_sold": "销售",
    "moved_sale_returned": "销售退回",
    "moved_counted": "盘点调整",
    "moved_written_off": "报损",
    "moved_sent_back": "退回供应商",
    "shelf_expiring": "近效期",
    "shelf_expired": "已过期",
    "shelf_recalled": "已召回",
    "read_packing": "打包时",
    "read_pickup": "取药时",
    "read_box": "箱内",
    "read_door": "交付时",
    "read_logger": "记录仪",
}
REMEDIES = {
    "license_courier": "允许配送员 {courier} 到该区域配送",
    "add_cold_box": "给配送员 {courier} 配冷藏箱",
    "free_courier": "让配送员 {courier} 空出来",
    "lengthen_fridge_limit": "冷链在途时限延长 {minutes} 分钟",
    "widen_window": "收货时段放宽 {minutes} 分钟",
    "lengthen_shift": "配送员 {courier} 的班次延长 {minutes} 分钟",
    "add_courier": "增加一名配送员",
    "teach_skill": "让配送员 {courier} 取得所需资质",
    "enlarge_room": "给配送员 {courier} 换大箱",
    "lengthen_aboard_limit": "最长在途时间延长 {minutes} 分钟",
    "ready_earlier": "药店提前 {minutes} 分钟备好",
    "keep_pickup_open": "药店多等 {minutes} 分钟",
    "move_break": "把配送员 {courier} 的休息挪动 {minutes} 分钟",
    "serve_anyway": "费用更高也照样派送",
}


def init_app(app: Flask) -> None:
    """Give the templates their filters."""
    shown = (
        yuan,
        percent,
        km,
        more_yuan,
        more_km,
        day,
        hour,
        moment,
        state,
        disease,
        role,
        figure,
        check_name,
        label,
        medicine,
        dosing,
        degrees,
        minutes,
        arrival,
    )
    for name in shown:
        app.jinja_env.filters[name.__name__] = _at_reading(name)
    app.jinja_env.globals.update(pick=pick, remedy=remedy, colour=colour)


def _at_reading(shown: Callable[[Any], str]) -> Callable[[Context, Any], str]:
    """Keep Jinja from showing a constant once, in the language of the first reader."""

    @pass_context
    def show(_context: Context, value: Any) -> str:
        return shown(value)

    return show


def yuan(fen: int) -> str:
    """Show fen as yuan.

    >>> yuan(123456)
    '1,234.56'
    >>> yuan(-5)
    '-0.05'
    """
    whole, part = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{whole:,}.{part:02}"


def percent(permyriad: int) -> str:
    """Show ten-thousandths as a percentage.

    >>> percent(3550), percent(6000)
    ('35.5%', '60%')
    """
    whole, part = divmod(permyriad, 100)
    return f"{whole}.{part:02}".rstrip("0").rstrip(".") + "%"


def km(metres: int) -> str:
    """Show metres as kilometres.

    >>> km(12345)
    '12.3'
    """
    return f"{metres / 1000:.1f}"


def more_yuan(fen: int) -> str:
    """Show how many yuan more or less something costs.

    >>> more_yuan(5), more_yuan(-5)
    ('+0.05', '-0.05')
    """
    return f"{'+' if fen >= 0 else ''}{yuan(fen)}"


def more_km(metres: int) -> str:
    """Show how many kilometres more or less a way is.

    >>> more_km(2100), more_km(-400)
    ('+2.1', '-0.4')
    """
    return f"{metres / 1000:+.1f}"


def day(value: date | datetime) -> str:
    """Show a day of China's calendar."""
    if isinstance(value, datetime):
        value = value.astimezone(CHINA).date()
    return value.isoformat()


def hour(value: datetime) -> str:
    """Show the hour and minute in China."""
    return f"{value.astimezone(CHINA):%H:%M}"


def moment(value: datetime | str) -> str:
    """Show day, hour and minute in China; of an instant as it is kept in JSON, too."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    return f"{value.astimezone(CHINA):%Y-%m-%d %H:%M}"


def arrival(expected: ArrivalView) -> str:
    """Say when a parcel is expected, in the same words on every page."""
    same_day = day(expected.early) == clock.today().isoformat()
    early = hour(expected.early) if same_day else moment(expected.early)
    return say("预计到达 {early}–{late}", early=early, late=hour(expected.late))


def state(slug: str) -> str:
    """Say a state in plain words."""
    return say(STATES.get(slug, slug))


def disease(slug: str) -> str:
    """Say the name of a disease."""
    found = CONDITIONS.get(slug)
    if found is None:
        return slug
    return found.name if language() == "zh" else found.english


def role(slug: str) -> str:
    """Say who somebody is by role."""
    return say(ROLES.get(slug, slug))


def medicine(one: LineView | AtHome) -> str:
    """Name a medicine; in English by its generic name first, where the catalogue has it."""
    if language() == "zh" or not one.inn:
        return one.name
    return f"{one.inn[:1].upper()}{one.inn[1:]} ({one.name})"


def check_name(slug: str) -> str:
    """Say the name of a check."""
    return words.check_name(slug, language())


def label(given: str) -> str:
    """Say the label of figures that are not official."""
    return words.word(given, language())


def figure(of: Figure) -> str:
    """Show the value of a figure with its unit."""
    if of.unit == "share" and isinstance(of.value, int):
        return percent(of.value)
    if of.unit == "yuan" and isinstance(of.value, int):
        return f"{yuan(of.value)} {say('元')}"
    return str(of.value)


def remedy(unserved: UnservedView) -> str:
    """Say what would let a parcel be served that a plan leaves behind."""
    if unserved.remedy is None:
        return ""
    minutes = -(-unserved.remedy_s // 60)
    return say(
        REMEDIES.get(unserved.remedy, unserved.remedy),
        courier=unserved.remedy_courier or "",
        minutes=minutes,
    )
