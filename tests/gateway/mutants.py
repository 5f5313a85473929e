"""Sandboxes that are broken on purpose, each in one way that a platform may be wrong."""

from dataclasses import replace

from web.sandbox import transactions
from web.sandbox.books import Books, Refused


class BooksTwice(Books):
    """Books a message again each time that it comes, and lists it as often."""

    def settle(self, asked, off_fen=0):
        self.times = getattr(self, "times", {})
        self.times[asked.msgid] = self.times.get(asked.msgid, 0) + 1
        return super().settle(asked, off_fen)

    def entries(self, outlet_code, scheme, days):
        found = super().entries(outlet_code, scheme, days)
        return tuple(
            one
            for one in found
            for _ in range(1 if one.refund else self.times.get(one.msgid, 1))
        )


class AnyAmountAgain(Books):
    """Takes a number that is known with whatever amount comes."""

    def _again(self, books, first, asked):
        return first


class ForgetsReversals(Books):
    def take_back(self, msgid, at):
        return None


class ReversesTwice(Books):
    """Gives back once more what a bill has used, each time that it is asked to."""

    def take_back(self, msgid, at):
        with self._act() as books:
            bill = self._bill(books, msgid)
            if bill is not None and bill.state == "reversed":
                books.execute(
                    "UPDATE person SET balance_fen = balance_fen + ?"
                    " WHERE person_no = ?",
                    (bill.account_fen, bill.person_no),
                )
        super().take_back(msgid, at)


class BarsNothing(Books):
    def take_back(self, msgid, at):
        with self._act() as books:
            if self._bill(books, msgid) is None:
                return
        super().take_back(msgid, at)


class KeepsBalance(Books):
    """Does not give back what was used."""

    def _use(self, books, bill, times):
        if times > 0:
            super()._use(books, bill, times)


class OffByOneFen(Books):
    def settle(self, asked, off_fen=0):
        return super().settle(asked, off_fen=1)


class NoCap(Books):
    def _worked_out(self, member, asked):
        return super()._worked_out(replace(member, cap_fen=None), asked)


class TrialBooks(Books):
    def trial(self, asked):
        return self.settle(asked)


class Strangers(Books):
    """Lets anybody in."""

    def _member(self, books, number):
        try:
            return super()._member(books, number)
        except Refused:
            return replace(super()._member(books, "I000000001"), person_no=number)


class SellsTwice(Books):
    def sell(self, number, codes, *, back):
        return None


class AnySignIn(Books):
    def is_signed_in(self, institution, sign_no):
        return True


class LosesLines(Books):
    """Leaves refunds out of the statements."""

    def entries(self, outlet_code, scheme, days):
        found = super().entries(outlet_code, scheme, days)
        return tuple(one for one in found if not one.refund)


BROKEN_BOOKS = (
    BooksTwice,
    AnyAmountAgain,
    ForgetsReversals,
    ReversesTwice,
    BarsNothing,
    KeepsBalance,
    OffByOneFen,
    NoCap,
    TrialBooks,
    Strangers,
    SellsTwice,
    AnySignIn,
    LosesLines,
)


def sums_always_equal(call):
    return {"stmtinfo": {"stmt_rslt": "000000"}}


def any_lines(call):
    return transactions._settle(replace(call, input={**call.input, "drugdetail": []}))


def cash_left_out(call):
    told = transactions._settle(call)
    info = {**told["setlinfo"], "psn_cash_pay": "0.00"}
    return {**told, "setlinfo": info}


def parts_left_out(call):
    told = transactions._settle(call)
    info = {**told["setlinfo"], "inscp_scp_amt": "0.00"}
    return {**told, "setlinfo": info}


def nobody_filed(call):
    return {"feedetail": []}


def new_id_each_time(call):
    told = transactions._settle(call)
    info = {**told["setlinfo"], "setl_id": f"S{call.books.reference()}"}
    return {**told, "setlinfo": info}


def somebody_else(call):
    told = transactions._person(call)
    return {**told, "baseinfo": {**told["baseinfo"], "psn_no": "I000000002"}}


def no_undo(call):
    return {}


BROKEN_ACTS = {
    "3201": (sums_always_equal,),
    "2102": (any_lines, cash_left_out, parts_left_out, new_id_each_time),
    "2103": (no_undo,),
    "5301": (nobody_filed,),
    "1101": (somebody_else,),
}
