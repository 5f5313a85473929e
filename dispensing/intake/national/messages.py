"""What the national messages say, as values: one class for each node of the interface.

The names are the interface's own, written with underscores; how a region writes them,
their lengths and which have to be there is data (`dispensing/intake/regions`). What a
node holds beside its fields is kept in `unknown` and written again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any

NOTHING: Mapping[str, Any] = MappingProxyType({})
REST = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A node of a message; `unknown` has the fields that nobody has told us of."""

    unknown: Mapping[str, Any] = field(default_factory=lambda: NOTHING)


@dataclass(frozen=True, slots=True, kw_only=True)
class RxLine(Node):
    """One medicine of a prescription (rxdrugdetail)."""

    med_list_codg: str
    fixmedins_hilist_id: str | None = None
    rx_item_type_code: str | None = None
    drug_prodname: str | None = None
    drug_genname: str
    drug_dosform: str
    drug_spec: str
    prdr_name: str | None = None
    medc_way_codg: str
    medc_way_dscr: str
    medc_begntime: datetime
    medc_endtime: datetime
    medc_days: Decimal
    drug_cnt: Decimal
    drug_dosunt: str | None = None
    sin_doscnt: Decimal | None = None
    sin_dosunt: str | None = None
    used_frqu_codg: str | None = None
    used_frqu_name: str | None = None
    hosp_appr_flag: str | None = None
    take_drug_flag: str | None = None
    otc_flag: bool | None = None
    self_pay_rea: str | None = None
    real_dscr: str | None = None
    bas_medn_flag: bool | None = None
    imp_drug_flag: bool | None = None
    hosp_prep_flag: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit(Node):
    """The visit at which a prescription was written (mdtrtinfo)."""

    med_type: str | None = None
    ipt_otp_no: str | None = None
    otp_ipt_flag: str | None = None
    patn_name: str
    patn_age: Decimal | None = None
    patn_hgt: Decimal | None = None
    patn_wt: Decimal | None = None
    gend: str | None = None
    geso_val: Decimal | None = None
    nwb_flag: bool | None = None
    suck_prd_flag: bool | None = None
    algs_his: str | None = None
    insutype: str | None = None
    prsc_dept_name: str | None = None
    prsc_dr_name: str
    phar_name: str | None = None
    phar_chk_time: datetime | None = None
    mdtrt_time: datetime | None = None
    dise_codg: str | None = None
    dise_name: str | None = None
    sp_dise_flag: bool | None = None
    maindiag_code: str
    maindiag_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis(Node):
    """One diagnosis of the visit (diseinfo)."""

    diag_type: str
    maindiag_flag: bool | None = None
    diag_srt_no: int | None = None
    diag_code: str
    diag_name: str
    diag_dept: str | None = None
    diag_dr_no: str | None = None
    diag_time: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rx(Node):
    """A prescription as D001 takes it: who shows what, the order, its lines, its visit."""

    mdtrt_cert_type: str
    mdtrt_cert_no: str
    card_sn: str | None = None
    biz_type_code: str
    rx_exra_attr_code: str | None = None
    ec_token: str | None = None
    auth_no: str | None = None
    insu_plc_no: str
    mdtrtarea_no: str
    hosp_rxno: str
    init_rxno: str | None = None
    rx_type_code: str
    prsc_time: datetime
    rx_drug_cnt: Decimal
    rx_used_way_codg: str | None = None
    rx_used_way_name: str | None = None
    rx_frqu_codg: str | None = None
    rx_frqu_name: str | None = None
    rx_dosunt: str | None = None
    rx_doscnt: Decimal | None = None
    rx_drord_dscr: str | None = None
    vali_days: int
    vali_end_time: datetime | None = None
    rept_flag: bool | None = None
    max_rept_cnt: int | None = None
    min_inrv_days: int | None = None
    rx_cotn_flag: bool | None = None
    long_rx_flag: bool | None = None
    lines: tuple[RxLine, ...]
    visit: Visit
    diagnoses: tuple[Diagnosis, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbered(Node):
    """What D001 answers: the centre's two numbers, and the digest of what was sent."""

    rx_trace_code: str
    hi_rxno: str
    rx_digest: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attested(Node):
    """The twenty fields that are signed: numbers, patient, doctor, pharmacist."""

    rx_trace_code: str
    hi_rxno: str
    mdtrt_id: str | None = None
    patn_name: str
    psn_cert_type: str
    certno: str
    fixmedins_name: str | None = None
    fixmedins_code: str
    dr_code: str
    prsc_dr_name: str
    phar_dept_name: str | None = None
    phar_dept_code: str | None = None
    phar_profttl_codg: str | None = None
    phar_profttl_name: str | None = None
    phar_code: str | None = None
    phar_name: str | None = None
    phar_cert_type: str | None = None
    phar_cert_no: str | None = None
    phar_prac_cert_no: str | None = None
    phar_chk_time: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignRequest(Node):
    """What D002 takes: base64 of the twenty fields and, where there is one, of the PDF."""

    fixmedins_code: str
    original_value: str
    original_rx_file: str | None = None
    extras: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignAnswer(Node):
    """What D002 answers: the file and the signature that D003 sends on."""

    rx_file: str | None = None
    sign_digest: str
    sign_cert_sn: str | None = None
    sign_cert_dn: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload(Attested):
    """What D003 takes: the twenty fields again, the file, and the signature over them."""

    rx_file: str | None = None
    sign_digest: str | None = None
    sign_cert_sn: str | None = None
    sign_cert_dn: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing(Node):
    """What D003 and D004 answer: the number and the state that it is in."""

    hi_rxno: str
    rx_stas_codg: str
    rx_stas_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Revoke(Node):
    """What D004 takes: who withdraws a prescription, when, and why."""

    hi_rxno: str
    fixmedins_code: str
    dr_code: str
    undo_dr_name: str
    undo_dr_cert_type: str
    undo_dr_certno: str
    undo_rea: str
    undo_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Query(Node):
    """What D005, D006 and D007 take: the number that is asked about."""

    hi_rxno: str
    fixmedins_code: str
    mdtrt_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Content(Rx):
    """What D005 answers: the prescription as sent, its numbers and its states."""

    hi_rxno: str
    rx_trace_code: str
    rx_stas_codg: str
    rx_stas_name: str | None = None
    rx_chk_stas_codg: str | None = None
    rx_chk_stas_name: str | None = None
    rx_used_stas_codg: str | None = None
    rx_used_stas_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewResult(Standing):
    """What D006 answers: the pharmacist's review of a prescription."""

    rx_chk_stas_codg: str
    rx_chk_stas_name: str | None = None
    rx_chk_opnn: str | None = None
    rx_chk_time: datetime | None = None
    phar_code: str | None = None
    phar_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenLine(Node):
    """One medicine as it was handed out, or not (takeDrugFlag)."""

    med_list_codg: str
    drug_genname: str | None = None
    drug_cnt: Decimal
    take_drug_flag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DispensingResult(Standing):
    """What D007 answers: where a prescription was filled, who paid what, in yuan."""

    rx_used_stas_codg: str
    rx_used_stas_name: str | None = None
    setl_time: datetime | None = None
    fixmedins_code: str | None = None
    fixmedins_name: str | None = None
    medfee_sumamt: Decimal | None = None
    fund_pay_sumamt: Decimal | None = None
    psn_part_amt: Decimal | None = None
    acct_pay: Decimal | None = None
    psn_cash_pay: Decimal | None = None
    lines: tuple[TakenLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Review(Node):
    """A pharmacist's review of a prescription (rx_chk_up_info), all of it required."""

    hi_rxno: str
    epc_token: str
    ec_token: str
    fixmedins_code: str
    fixmedins_name: str
    phar_cert_type: str
    phar_certno: str
    phar_code: str
    phar_name: str
    rx_chk_opnn: str
    rx_chk_time: datetime
    rx_chk_stas_codg: str
    rx_sign_verify_sn: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewUpload(Node):
    """What CFYYJG106 takes."""

    review: Review


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewTaken(Node):
    """What CFYYJG106 answers."""

    msg_code: str
    flag: str
    rx_chk_biz_sn: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope(Node):
    """What every message comes in: who sends which transaction, from where, and when."""

    infno: str
    msgid: str
    mdtrtarea_admvs: str | None = None
    insuplc_admdvs: str | None = None
    recer_sys_code: str | None = None
    dev_no: str | None = None
    dev_safe_info: str | None = None
    cainfo: str | None = None
    signtype: str | None = None
    infver: str | None = None
    opter_type: str | None = None
    opter: str | None = None
    opter_name: str | None = None
    inf_time: datetime | None = None
    fixmedins_code: str
    fixmedins_name: str | None = None
    sign_no: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply(Node):
    """What every answer comes in: whether the message was taken, and when."""

    infcode: int
    inf_refmsgid: str
    refmsg_time: str
    respond_time: str
    err_msg: str | None = None
    warn_msg: str | None = None


NODES: Mapping[str, type[Node]] = MappingProxyType(
    {
        "rx": Rx,
        "line": RxLine,
        "visit": Visit,
        "diagnosis": Diagnosis,
        "numbered": Numbered,
        "attested": Attested,
        "sign_request": SignRequest,
        "sign_answer": SignAnswer,
        "upload": Upload,
        "standing": Standing,
        "revoke": Revoke,
        "query": Query,
        "content": Content,
        "review_result": ReviewResult,
        "taken_line": TakenLine,
        "dispensing_result": DispensingResult,
        "review": Review,
        "review_upload": ReviewUpload,
        "review_taken": ReviewTaken,
        "envelope": Envelope,
        "reply": Reply,
    }
)
