"""Which kinds of data end with a term, which go by themselves, and what may never go.

No text that the platform follows states a term. Each kind names the law that has to be read
for one; until an operator declares the term, with its source, nothing of the kind goes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

LOCK = "prescription"
Pair = tuple[str, str]  # in Chinese, in English
_CASE: Pair = (
    "从这张处方最后一件事起算",
    "from the last thing that happened to the prescription",
)
_SHOWN: Pair = ("从码或出示失效起算", "from when the code, or the showing, has expired")
_TAKEN: Pair = ("从导入或运行起算", "from when it was taken, or run")
_RX_LAW: Pair = (
    "处方管理办法（处方保存年限）、药品网络销售监督管理办法",
    "the measures on prescriptions and on medicine sold over networks",
)
_TRADE_LAW: Pair = (
    "电子商务法 31、个人信息保护法 19",
    "E-Commerce Law 31, Personal Information Protection Law 19",
)
_PROOF_LAW: Pair = (
    "医疗保障基金使用监督管理条例 14–17、个人信息保护法 19",
    "the regulation on the use of the funds 14 to 17, Personal Information Protection Law 19",
)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of data that ends with a term: what, from when, what becomes of it, by which law."""

    name: str
    title: Pair
    becomes: Literal["emptied", "locked"]
    counted: Pair  # from which instant
    law: Pair  # that is to be read for a term
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Existing:
    """Data that goes by itself, as the program or a setting says."""

    title: Pair
    after: Pair
    table: str


@dataclass(frozen=True, slots=True)
class Never:
    """Data that no term removes, and why."""

    title: Pair
    why: Pair
    tables: tuple[str, ...]


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            Kind(
                "message",
                (
                    "处方原文、签名与纸质处方照片",
                    "messages, signatures and photographs",
                ),
                "emptied",
                _CASE,
                _RX_LAW,
                (
                    *("prescription.message_sealed", "paper.image_sealed"),
                    *("national_rx.rx_sealed", "national_rx.signed_sealed"),
                    "national_review.message_sealed",
                ),
            ),
            Kind(
                LOCK,
                ("处方（停止日常查看）", "prescriptions, out of daily sight"),
                "locked",
                _CASE,
                _RX_LAW,
                (),
            ),
            Kind(
                "order",
                ("配送地址、电话与位置", "addresses, phones and points of deliveries"),
                "emptied",
                _CASE,
                _TRADE_LAW,
                (
                    *("delivery_order.address_sealed", "delivery_order.phone_sealed"),
                    *("delivery_order.point_sealed", "stop.point_sealed"),
                ),
            ),
            Kind(
                "proof",
                ("送达照片与签名", "pictures and signatures at the door"),
                "emptied",
                _CASE,
                _TRADE_LAW,
                ("delivery_proof.sealed",),
            ),
            Kind(
                "courier_act",
                ("骑手手机上传的原文", "what couriers' phones have sent"),
                "emptied",
                _CASE,
                _TRADE_LAW,
                ("courier_act.body_sealed",),
            ),
            Kind(
                "proxy",
                ("代领人的姓名与身份证号", "names and ID numbers of who collected"),
                "emptied",
                _CASE,
                _PROOF_LAW,
                ("handover.proxy_name", "handover.proxy_id_sealed"),
            ),
            Kind(
                "presentation",
                ("代办人出示时的姓名与身份证号", "names and ID numbers of helpers"),
                "emptied",
                _SHOWN,
                _PROOF_LAW,
                ("presentation.helper_name", "presentation.helper_id_sealed"),
            ),
            Kind(
                "access_code",
                ("取药码上的代办人", "helpers named by access codes"),
                "emptied",
                _SHOWN,
                _TRADE_LAW,
                ("access_code.helper_name", "access_code.helper_phone_tail"),
            ),
            Kind(
                "registry",
                ("规范化管理名单", "registries of managed patients"),
                "emptied",
                _TAKEN,
                _PROOF_LAW,
                ("managed_part.people_sealed",),
            ),
            Kind(
                "matching",
                ("名单比对的名单", "lists of a matching"),
                "emptied",
                _TAKEN,
                _PROOF_LAW,
                ("matching_entry.told_sealed",),
            ),
            Kind(
                "bureau_list",
                ("审核用的名单", "lists beside the claims"),
                "emptied",
                _TAKEN,
                _PROOF_LAW,
                ("bureau_list.content_sealed",),
            ),
        )
    }
)
# Why rows stay although their term is over.
HOLDS: Mapping[str, Pair] = MappingProxyType(
    {
        "open": ("还没有办完", "not finished yet"),
        "settling": ("有结算没有结果", "a settlement has no result"),
        "order": ("药还在送", "medicine is on its way"),
        "complaint": ("投诉没有办结", "a complaint is open"),
        "difference": ("对账差异没有办结", "a difference is open"),
        "suspicion": ("追溯码嫌疑没有办结", "a suspicion is open"),
        "case": ("配送异常没有办结", "a case of the road is open"),
        "locked": ("账号已注销，已封存", "locked since the account was closed"),
        "latest": ("是最近的一份，还在用", "the latest one is in use"),
        "declared": ("按登记的理由暂缓", "held for a declared reason"),
    }
)
EXISTING = (
    Existing(
        ("重复请求的答复", "answers kept for the same request"),
        ("一天", "a day"),
        "client_key",
    ),
    Existing(
        ("骑手位置", "positions of couriers"),
        ("YAODA_POSITIONS_KEEP_DAYS 天", "YAODA_POSITIONS_KEEP_DAYS days"),
        "position",
    ),
    Existing(
        ("已送达或放弃的通知", "notices delivered or dropped"),
        ("30 天", "30 days"),
        "notice",
    ),
    Existing(
        ("登录会话", "sessions"), ("结束以后", "once they are over"), "sign_in_session"
    ),
    Existing(
        ("医保码", "insurance codes shown"),
        ("失效后，下一次出码时", "expired, at the next code"),
        "issued_code",
    ),
)
NEVER = (
    Never(("台账", "the ledger"), ("账要对得上", "sums have to agree"), ("ledger",)),
    Never(
        ("审计链", "the audit chain"),
        ("缺一环就证明不了", "with a link missing it proves nothing"),
        ("audit_record", "audit_link"),
    ),
    Never(
        ("结算、收据与判定", "settlements, receipts and decisions"),
        (
            "法定期限内不得删除，审计链引用",
            "within their statutory time, and told by the chain",
        ),
        ("settlement", "settlement_line", "receipt", "assessment", "verdict"),
    ),
    Never(
        (
            "同意、注销、查阅与本清单的记录",
            "consents, closings, reads and runs of this list",
        ),
        ("证明责任", "the duty to prove it"),
        ("consent", "closure", "read_log", "opening", "retention_run"),
    ),
)
