"""Receipts for their owners, for anybody who verifies one, and on the command line."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from dispensing.receipts import token
from fixtures import cast
from tests.platform import ROOT, Platform, codes, sent, settled
from web import cli
from web.pages import archive, sheets
from web.words import english

COUNTER = "/counter/settlements"
# Does one command after another, and tells how each ended and what it said.
EACH = """
import json, sys
from contextlib import redirect_stdout
from io import StringIO
from web import cli
told = []
for words in json.loads(sys.argv[1]):
    with redirect_stdout(StringIO()) as said:
        status = cli.answer(lambda: cli.app(words, standalone_mode=False))
    told.append((status, said.getvalue()))
print(json.dumps(told))
"""


def settlement(platform: Platform, number: int = 1) -> str:
    """Settle one prescription; give the settlement's id."""
    rx = settled(platform, number)
    found = platform.program("counter").get(f"/prescriptions/{rx}/settlement")
    return str(found["id"])


def file_of(platform: Platform, of: str, kind: str = "settlement") -> dict[str, Any]:
    found = platform.program("counter").get(f"/settlements/{of}/receipt?kind={kind}")
    return dict(found)


def asked(platform: Platform, text: str) -> dict[str, Any]:
    """Ask as anybody, without an account."""
    visitor = platform.program(None)
    return dict(visitor.post("/receipts/verification", {"text": text}))


def reverse(platform: Platform, of: str) -> None:
    body = {"reason": "wrong_entry"}
    platform.program("counter").post(f"/settlements/{of}/reversal", body)


@pytest.fixture
def home(tmp_path, monkeypatch):
    """Let the commands work on the platform of the test."""
    monkeypatch.setenv("YAODA_VAR_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("YAODA_DATABASE_URL", f"sqlite:///{tmp_path}/yaoda.db")
    monkeypatch.setenv("YAODA_CLOCK_START", "2025-09-15T12:00:00+08:00")
    overlay = ROOT / "fixtures" / "wenzhou" / "overlay.toml"
    monkeypatch.setenv("YAODA_OVERLAY", str(overlay))


def run(*words: object) -> int:
    said = [str(word) for word in words]
    return cli.answer(lambda: cli.app(said, standalone_mode=False))


def test_the_file_that_the_interface_gives_is_genuine_and_always_the_same(platform):
    of = settlement(platform)
    file = file_of(platform, of)
    assert file == file_of(platform, of)
    assert platform.program("alice").get(f"/settlements/{of}/receipt") == file
    for text in (json.dumps(file), file["token"]):
        told = asked(platform, text)
        assert told["genuine"] and told["state"] == "posted"
        assert (told["total_fen"], told["outlet_code"]) == (1260, "P33030200001")


def test_only_its_owners_get_a_receipt(platform):
    of = settlement(platform)
    for name in ("bob", "second-counter"):
        answer = platform.program(name).ask("GET", f"/settlements/{of}/receipt")
        assert answer.status_code == 404
    for name in ("bureau", "dispatcher", "courier", "hospital"):
        answer = platform.program(name).ask("GET", f"/settlements/{of}/receipt")
        assert answer.status_code == 403
    visitor = platform.program(None).ask("GET", f"/settlements/{of}/receipt")
    assert visitor.status_code == 401
    page = platform.person("second-counter").get(f"{COUNTER}/{of}/receipt")
    assert page.status_code == 404
    assert (
        platform.person("bob").get(f"/patient/settlements/{of}/receipt.pdf").status_code
        == 404
    )


def test_each_read_of_a_receipt_stands_in_the_patients_list(platform):
    of = settlement(platform)
    before = platform.person("alice").get("/patient/readers").text.count("柜台配药")
    file_of(platform, of)
    platform.person("counter").get(f"{COUNTER}/{of}/receipt")
    after = platform.person("alice").get("/patient/readers").text.count("柜台配药")
    assert after == before + 2


def test_who_holds_the_receipt_learns_that_it_was_reversed_since(platform):
    of = settlement(platform)
    file = file_of(platform, of)
    reverse(platform, of)
    told = asked(platform, file["token"])
    assert told["genuine"] and told["state"] == "reversed"
    client = platform.app.test_client()
    page = client.post("/receipts/verify", data={"text": file["token"]}).text
    assert "这笔结算后来已经冲正" in page and "签名真实" in page
    back = file_of(platform, of, "reversal")
    assert back["receipt"]["reverses"] == told["receipt_id"]
    assert asked(platform, json.dumps(back))["total_fen"] == -1260


def test_a_tampered_amount_and_other_faults_are_told_apart(platform):
    file = file_of(platform, settlement(platform))
    dearer = json.dumps(file).replace('"fund_fen": 0', '"fund_fen": 1')
    reasons = {
        dearer: "altered",
        file["token"][:-9]: "cut_off",
        "no receipt": "not_a_receipt",
    }
    for text, reason in reasons.items():
        told = asked(platform, text)
        assert (told["genuine"], told["reason"]) == (False, reason)
        assert told["words_zh"] and told["total_fen"] is None


def test_the_page_that_verifies_asks_for_no_account_and_keeps_texts_out_of_logs(
    platform, caplog
):
    file = file_of(platform, settlement(platform))
    client = platform.app.test_client()
    assert "凭证内容" in client.get("/receipts/verify").text
    page = client.post("/receipts/verify", data={"text": json.dumps(file)}).text
    assert "签名真实" in page and "这笔结算现在仍然有效" in page
    assert "陈" not in page
    bad = client.post("/receipts/verify", data={"text": file["token"][:-9]}).text
    assert "内容不完整" in bad and "不能采信" in bad
    assert file["token"][:40] not in caplog.text
    english = client.post(
        "/receipts/verify",
        data={"text": file["token"]},
        headers={"Accept-Language": "en"},
    ).text
    assert "Genuine" in english and "The settlement stands" in english


def test_trying_out_signatures_is_braked(platform, monkeypatch):
    monkeypatch.setattr(platform.app.extensions["receipt_brake"], "failures_max", 3)
    for _ in range(3):
        assert not asked(platform, "no receipt")["genuine"]
    visitor = platform.program(None)
    refused = visitor.ask("POST", "/receipts/verification", {"text": "no receipt"})
    assert refused.status_code == 429
    client = platform.app.test_client()
    page = client.post("/receipts/verify", data={"text": "no receipt"})
    assert page.status_code == 429 and page.content_type.startswith("text/html")


@pytest.mark.parametrize("paper", ["58", "80", "a4"])
def test_a_receipt_is_laid_out_for_each_paper(platform, paper):
    of = settlement(platform)
    page = platform.person("counter").get(f"{COUNTER}/{of}/receipt?paper={paper}")
    assert f'<body class="p{paper}">' in page.text and "<svg" in page.text
    for words in (
        "医保结算凭证",
        "鹿城大药房",
        "12.60",
        "陈**",
        "示例数据",
        "参保状态",
    ):
        assert words in page.text, words
    for secret in ("陈秀英", "高血压", "氨氯地平", "330302195"):
        assert secret not in page.text


def test_a_receipt_speaks_english_where_it_is_asked_to(platform):
    of = settlement(platform)
    client = platform.person("counter")
    page = client.get(f"{COUNTER}/{of}/receipt", headers={"Accept-Language": "en"}).text
    assert "Insurance settlement receipt" in page and "Paid by the fund" in page


def test_the_counter_and_the_patient_find_the_receipts_of_a_prescription(platform):
    rx = settled(platform)
    of = platform.program("counter").get(f"/prescriptions/{rx}/settlement")["id"]
    reverse(platform, of)
    for name, face in (("counter", "counter"), ("alice", "patient")):
        page = platform.person(name).get(f"/{face}/prescriptions/{rx}").text
        assert f"/{face}/settlements/{of}/receipt?kind=settlement" in page
        assert f"/{face}/settlements/{of}/receipt?kind=reversal" in page


def test_a_paper_that_does_not_exist_is_refused(platform):
    of = settlement(platform)
    page = platform.person("counter").get(f"{COUNTER}/{of}/receipt?paper=a5")
    assert page.status_code == 422


def test_a_settlement_without_a_posting_has_no_receipt(platform):
    of = settlement(platform)
    answer = platform.program("counter").ask(
        "GET", f"/settlements/{of}/receipt?kind=reversal"
    )
    assert answer.status_code == 409
    assert answer.json["type"] == "urn:yaoda:problem:no-receipt"


def test_the_archive_copy_is_a_pdf_that_carries_the_signed_file(platform):
    of = settlement(platform)
    first = platform.person("counter").get(f"{COUNTER}/{of}/receipt.pdf")
    assert first.content_type == "application/pdf"
    assert first.data.startswith(b"%PDF-1.7") and b"pdfaid" in first.data
    assert b"receipt.json" in first.data
    again = platform.person("alice").get(f"/patient/settlements/{of}/receipt.pdf")
    assert again.data == first.data


def test_a_machine_that_cannot_make_a_pdf_says_what_is_missing(platform, monkeypatch):
    of = settlement(platform)
    client = platform.person("counter")
    archive.font.cache_clear()
    monkeypatch.setattr(archive, "FONTS", ("no such font",))
    page = client.get(f"{COUNTER}/{of}/receipt.pdf")
    assert page.status_code == 409 and "fonts-wqy-microhei" in page.text
    monkeypatch.setitem(sys.modules, "typst", None)
    page = client.get(f"{COUNTER}/{of}/receipt.pdf")
    assert page.status_code == 409 and "yaoda[pdf]" in page.text


def test_a_receipt_is_verified_in_a_process_without_any_database(
    platform, tmp_path, home, capsys
):
    file = tmp_path / "receipt.json"
    file.write_text(json.dumps(file_of(platform, settlement(platform))), "utf-8")
    assert run("receipt", "keys") == 0
    keys = tmp_path / "keys.json"
    keys.write_text(capsys.readouterr().out, "utf-8")
    token = json.loads(file.read_text("utf-8"))["token"]
    environ = {"PATH": os.defpath, "YAODA_DATABASE_URL": "postgresql://nowhere:1/none"}
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    asked = [
        ["receipt", "verify", receipt, "--keys", str(keys)]
        for receipt in (token, str(file), token[:-1])
    ]
    done = subprocess.run(
        [sys.executable, "-P", "-c", EACH, json.dumps(asked)],
        env={**environ, "PYTHONPATH": str(ROOT)},
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    told = json.loads(done.stdout.splitlines()[-1])
    assert [status for status, _ in told] == [0, 0, 1], done.stderr
    for status, said in told:
        assert said.count("\n") == 1
        assert ("A genuine settlement receipt" in said) == (status == 0)
    assert not list(folder.iterdir())


def test_old_receipts_hold_after_the_key_was_replaced(platform, home, capsys):
    old = file_of(platform, settlement(platform, 1))
    asked_for = settled(platform, 2, "药师已核对")
    assert run("receipt", "rotate") == 0
    of = platform.program("counter").get(f"/prescriptions/{asked_for}/settlement")
    new = file_of(platform, of["id"])
    assert (
        asked(platform, old["token"])["key_id"]
        != asked(platform, new["token"])["key_id"]
    )
    assert asked(platform, json.dumps(old))["genuine"]
    assert len(platform.program(None).get("/receipts/keys")["keys"]) == 2
    capsys.readouterr()
    for file in (old, new):
        assert run("receipt", "verify", file["token"]) == 0
    folder = platform.app.extensions["ring"].folder
    kept = [json.loads(path.read_text("utf-8")) for path in sorted(folder.iterdir())]
    assert [one["secret"] is None for one in kept] == [True, False]
    assert all(path.stat().st_mode & 0o077 == 0 for path in folder.iterdir())


def test_a_receipt_signed_by_a_retired_key_is_refused(platform, home, capsys):
    """Whoever kept a copy of the old secret cannot sign anything new with it."""
    ring = platform.app.extensions["ring"]
    stolen = ring.signer()
    of = settlement(platform)
    file = file_of(platform, of)
    assert run("receipt", "rotate") == 0
    claims = token.read(file["token"]).claims
    late = replace(claims, issued_at=claims.issued_at + timedelta(days=1))
    assert (
        asked(platform, token.write(late, stolen))["reason"] == "key_outside_validity"
    )


def test_the_command_shows_and_archives_a_receipt(platform, home, tmp_path, capsys):
    of = settlement(platform)
    assert run("receipt", "show", of) == 0
    assert json.loads(capsys.readouterr().out) == file_of(platform, of)
    out = tmp_path / "receipt.pdf"
    assert run("receipt", "pdf", of, "--out", out) == 0
    assert out.read_bytes().startswith(b"%PDF")
    assert run("receipt", "show", of, "--reversal") == 2
    assert run("receipt", "show", "1") == 2
    assert run("receipt", "show", "0" * 32) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_the_command_refuses_in_one_line(home, tmp_path, capsys):
    assert run("receipt", "verify", "hello") == 1
    assert capsys.readouterr().out.startswith("not genuine: This is no receipt")
    (tmp_path / "bytes").write_bytes(b"\xff\xfe{")
    assert run("receipt", "verify", tmp_path / "bytes") == 1
    assert "altered" in capsys.readouterr().out
    for name, text in (("a.json", "{"), ("b.json", '{"keys": [{}]}')):
        (tmp_path / name).write_text(text, "utf-8")
        assert run("receipt", "verify", "hello", "--keys", tmp_path / name) == 2
    assert run("receipt", "verify", "hello", "--keys", tmp_path / "none") == 2


@pytest.mark.parametrize("wanted", ["ed25519", "sm2"])
def test_the_algorithm_is_a_switch(home, monkeypatch, capsys, wanted):
    monkeypatch.setenv("YAODA_SIGNATURE", wanted)
    assert run("receipt", "keys") == 0
    (key,) = json.loads(capsys.readouterr().out)["keys"]
    assert key["alg"] == {"ed25519": "Ed25519", "sm2": "SM2SM3"}[wanted]


def test_an_algorithm_that_does_not_exist_is_refused(home, monkeypatch, capsys):
    monkeypatch.setenv("YAODA_SIGNATURE", "rsa")
    assert run("receipt", "keys") == 2
    assert "YAODA_SIGNATURE" in capsys.readouterr().err


def test_the_settlement_itself_draws_and_signs_nothing(platform, monkeypatch):
    def never(*_: object) -> None:
        raise AssertionError("not in a settlement")

    monkeypatch.setattr("dispensing.qr._made", never)
    monkeypatch.setattr("dispensing.signing.SigningKey.sign", never)
    rx = sent(platform)
    answer = platform.program("counter").put(
        f"/prescriptions/{rx}/settlement",
        {
            "voucher": "card",
            "scanned_code": cast.alice.id_number,
            "trace_codes": codes(),
        },
    )
    assert answer["state"] == "posted"


def test_words_of_receipts_have_their_english():
    tables = (
        sheets.TENDERS,
        sheets.VOUCHERS,
        sheets.REVERSALS,
        sheets.AMOUNTS,
        sheets.TITLES,
        sheets.STANDINGS,
    )
    said = {words for table in tables for words in table.values()}
    said |= {sheets.NOT_HERE, *archive._WORDS}
    assert said <= english().keys()
