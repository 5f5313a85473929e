"""Examples of the national messages, made from the field lists of the interface."""

import base64
import copy
import json
from typing import Any

from dispensing.intake.national import region
from dispensing.intake.national.reading import read
from fixtures import cast
from tests import world

HI_RXNO = "330302202509150000000001"
TRACE = "10000000000000000001"
MSGID = f"{cast.HOSPITAL}202509150812000001"

RX: dict[str, Any] = {
    "mdtrtCertType": "02",
    "mdtrtCertNo": cast.alice.id_number,
    "cardSn": "SN0001",
    "bizTypeCode": "01",
    "rxExraAttrCode": "02",
    "ecToken": "EC-TOKEN-1",
    "authNo": "AUTH-1",
    "insuPlcNo": "330302",
    "mdtrtareaNo": "330302",
    "hospRxno": f"{cast.HOSPITAL}-20250915-0001",
    "initRxno": f"{cast.HOSPITAL}-20250901-0007",
    "rxTypeCode": "1",
    "prscTime": "2025-09-15 08:12:00",
    "rxDrugCnt": 1,
    "rxUsedWayCodg": "1",
    "rxUsedWayName": "口服",
    "rxFrquCodg": "11",
    "rxFrquName": "每日一次",
    "rxDosunt": "片",
    "rxDoscnt": 1,
    "rxDrordDscr": "早餐后服用",
    "valiDays": 3,
    "valiEndTime": "2025-09-18 08:12:00",
    "reptFlag": "1",
    "maxReptCnt": 3,
    "minInrvDays": 28,
    "rxCotnFlag": "0",
    "longRxFlag": "1",
    "rxdrugdetail": [
        {
            "medListCodg": world.AMLODIPINE,
            "fixmedinsHilistId": "YP0001",
            "rxItemTypeCode": "11",
            "drugProdname": "络活喜",
            "drugGenname": "苯磺酸氨氯地平片",
            "drugDosform": "片剂",
            "drugSpec": "5mg*28片",
            "prdrName": "示例药业",
            "medcWayCodg": "1",
            "medcWayDscr": "口服",
            "medcBegntime": "2025-09-15 08:12:00",
            "medcEndtime": "2025-10-13 08:12:00",
            "medcDays": 28,
            "drugCnt": 3,
            "drugDosunt": "盒",
            "sinDoscnt": 2.5,
            "sinDosunt": "mg",
            "usedFrquCodg": "11",
            "usedFrquName": "每日一次",
            "hospApprFlag": "0",
            "takeDrugFlag": "0",
            "otcFlag": "0",
            "selfPayRea": "1",
            "realDscr": "无",
            "basMednFlag": "1",
            "impDrugFlag": "0",
            "hospPrepFlag": "0",
        }
    ],
    "mdtrtinfo": {
        "medType": "14",
        "iptOtpNo": "MZ0001",
        "otpIptFlag": "1",
        "patnName": cast.alice.name,
        "patnAge": 68,
        "patnHgt": 158,
        "patnWt": 54.5,
        "gend": "2",
        "gesoVal": 0,
        "nwbFlag": "0",
        "suckPrdFlag": "0",
        "algsHis": "青霉素过敏",
        "insutype": "390",
        "prscDeptName": "心内科",
        "prscDrName": cast.dr_lin.name,
        "pharName": "叶药师",
        "pharChkTime": "2025-09-15 08:15:00",
        "mdtrtTime": "2025-09-15 08:00:00",
        "diseCodg": "M03900",
        "diseName": "高血压",
        "spDiseFlag": "1",
        "maindiagCode": "I10.x00",
        "maindiagName": "特发性高血压",
    },
    "diseinfo": [
        {
            "diagType": "1",
            "maindiagFlag": "1",
            "diagSrtNo": 1,
            "diagCode": "I10.x00",
            "diagName": "特发性高血压",
            "diagDept": "心内科",
            "diagDrNo": cast.dr_lin.code,
            "diagTime": "2025-09-15 08:10:00",
        }
    ],
}

ATTESTED: dict[str, Any] = {
    "rxTraceCode": TRACE,
    "hiRxno": HI_RXNO,
    "mdtrtId": "V0001",
    "patnName": cast.alice.name,
    "psnCertType": "01",
    "certno": cast.alice.id_number,
    "fixmedinsName": "鹿城区人民医院",
    "fixmedinsCode": cast.HOSPITAL,
    "drCode": cast.dr_lin.code,
    "prscDrName": cast.dr_lin.name,
    "pharDeptName": "药剂科",
    "pharDeptCode": "YJ01",
    "pharProfttlCodg": "242",
    "pharProfttlName": "主管药师",
    "pharCode": "PH0001",
    "pharName": "叶药师",
    "pharCertType": "01",
    "pharCertNo": cast.bob.id_number,
    "pharPracCertNo": "ZY0001",
    "pharChkTime": "2025-09-15 08:15:00",
}

REVOKE: dict[str, Any] = {
    "hiRxno": HI_RXNO,
    "fixmedinsCode": cast.HOSPITAL,
    "drCode": cast.dr_lin.code,
    "undoDrName": cast.dr_lin.name,
    "undoDrCertType": "01",
    "undoDrCertno": cast.bob.id_number,
    "undoRea": "剂量有误",
    "undoTime": "2025-09-15 09:00:00",
}

QUERY: dict[str, Any] = {"hiRxno": HI_RXNO, "fixmedinsCode": cast.HOSPITAL}

REVIEW: dict[str, Any] = {
    "rx_chk_up_info": {
        "hi_rxno": HI_RXNO,
        "epc_token": "EPC-1",
        "ec_token": "EC-PHARMACIST-1",
        "fixmedins_code": cast.LUCHENG_PHARMACY,
        "fixmedins_name": "鹿城大药房",
        "phar_cert_type": "01",
        "phar_certno": cast.bob.id_number,
        "phar_code": "PH0009",
        "phar_name": "王药师",
        "rx_chk_opnn": "审核通过",
        "rx_chk_time": "2025-09-15 10:00:00",
        "rx_chk_stas_codg": "1",
        "rx_sign_verify_sn": "SV0001",
    }
}

PDF = base64.b64encode(b"%PDF-1.7 a prescription").decode()


def rx(**changes: Any) -> dict[str, Any]:
    """Make a D001 message; `changes` replace fields of its header."""
    return {**copy.deepcopy(RX), **changes}


def attested(**changes: Any) -> dict[str, Any]:
    """Make the twenty fields that are signed."""
    return {**ATTESTED, **changes}


def sorted_bytes(fields: dict[str, Any]) -> bytes:
    """Write the twenty fields as the recipe has them."""
    return json.dumps(
        fields, ensure_ascii=False, sort_keys=True, separators=(",", ":")
    ).encode()


def sign_request(
    fields: dict[str, Any], *, file: str | None = None, **extras: str
) -> dict[str, Any]:
    """Make a D002 message over the fields."""
    told = {"originalRxFile": file} if file else {}
    return {
        "fixmedinsCode": fields["fixmedinsCode"],
        "originalValue": base64.b64encode(sorted_bytes(fields)).decode(),
        **told,
        "extras": json.dumps(extras),
    }


def upload(fields: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Make a D003 message."""
    return {**fields, **more}


def understood(node: str, raw: dict[str, Any], name: str = "national") -> Any:
    """Read an example as a region does."""
    return read(region(name), node, raw).value


EXAMPLES: dict[str, dict[str, Any]] = {
    "rx": RX,
    "attested": ATTESTED,
    "numbered": {"rxTraceCode": TRACE, "hiRxno": HI_RXNO, "rxDigest": "0" * 64},
    "sign_request": sign_request(ATTESTED, file=PDF, signDigest="s", signCertSn="k"),
    "sign_answer": {"rxFile": PDF, "signDigest": "s", "signCertSn": "k"},
    "upload": upload(ATTESTED, rxFile=PDF, signDigest="s", signCertSn="k"),
    "standing": {"hiRxno": HI_RXNO, "rxStasCodg": "1", "rxStasName": "有效"},
    "revoke": REVOKE,
    "query": QUERY,
    "content": {
        **RX,
        "hiRxno": HI_RXNO,
        "rxTraceCode": TRACE,
        "rxStasCodg": "1",
        "rxChkStasCodg": "0",
        "rxUsedStasCodg": "0",
    },
    "review_result": {
        "hiRxno": HI_RXNO,
        "rxStasCodg": "1",
        "rxChkStasCodg": "1",
        "rxChkOpnn": "审核通过",
        "rxChkTime": "2025-09-15 10:00:00",
        "pharCode": "PH0009",
        "pharName": "王药师",
    },
    "dispensing_result": {
        "hiRxno": HI_RXNO,
        "rxStasCodg": "1",
        "rxUsedStasCodg": "1",
        "setlTime": "2025-09-15 10:30:00",
        "medfeeSumamt": 12.6,
        "fundPaySumamt": 4.2,
        "psnPartAmt": 8.4,
        "acctPay": 0,
        "psnCashPay": 8.4,
        "rxdrugdetail": [
            {"medListCodg": world.AMLODIPINE, "drugCnt": 3, "takeDrugFlag": "0"}
        ],
    },
    "review_upload": REVIEW,
    "review_taken": {"msg_code": "0", "flag": "1", "rx_chk_biz_sn": "SN1"},
}
