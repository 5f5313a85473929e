"""Every rule of smart audit worked out again in plain Python, claim by claim.

Nothing here is shared with the statements: it reads lists of dicts, sorts and counts.
"""

import math
from collections import defaultdict
from datetime import date, timedelta
from itertools import pairwise

EPOCH = date(2000, 1, 1)


def found(rule, values, lines, sides):
    """Give what a rule must find: the subject, and the lines (claim, line) it rests on."""
    live = [one for one in lines if one["reversed_on"] is None]
    return {
        subject: keys
        for subject, keys in globals()[rule](live, values, sides).items()
        if keys
    }


def key(one):
    return one["claim"], one["line"]


def order(one):
    return one["day"], one["settled_at"], one["claim"], one["line"]


def groups(lines, *names):
    told = defaultdict(list)
    for one in sorted(lines, key=order):
        told[tuple(one[name] for name in names)].append(one)
    return told


def supplies(lines):
    """Walk each person's supplies of one ATC code: what is in hand before each claim."""
    used = [one for one in lines if one["supply_days"] > 0]
    for (person, atc), mine in groups(used, "person", "atc").items():
        claims = {}
        for one in mine:
            claims.setdefault(one["claim"], []).append(one)
        in_hand, before = 0, None
        for some in claims.values():
            left = None
            if before is not None:
                gone = (some[0]["day"] - before[0]["day"]).days
                in_hand = max(0, in_hand - gone)
                left = max(one["supply_days"] for one in before) - gone
            # What came elsewhere is held against the claim once, by its shortest line.
            shortest = min(some, key=lambda one: (one["supply_days"], one["line"]))
            for one in some:
                told = left if one is shortest else None
                yield person, atc, one, in_hand, told, before and before[0]
            in_hand += max(one["supply_days"] for one in some)
            before = some


def duplicate(lines, values, _sides):
    told = defaultdict(list)
    for person, atc, one, _, left, before in supplies(lines):
        if left is None or before["outlet"] == one["outlet"]:
            continue
        if left >= values["in_hand_days_min"]:
            told[f"{person}|{atc}"].append(one)
    return _often(told, values["times_min"])


def over_quantity(lines, values, _sides):
    told = defaultdict(list)
    for person, atc, one, in_hand, _, _ in supplies(lines):
        if in_hand > values["in_hand_days_max"]:
            told[f"{person}|{atc}"].append(one)
    return _often(told, values["times_min"])


def second_trace(lines, values, sides):
    parts = {one["medicine"]: one["parts"] for one in sides["parts"]}
    sold, told = {}, defaultdict(lambda: defaultdict(set))
    for one in sorted(lines, key=lambda x: (x["settled_at"], x["claim"], x["line"])):
        for code in one["traces"] or ():
            first, count = sold.get(code, (one, 0))
            sold[code] = first, count + 1
            same = (
                first["outlet"] == one["outlet"]
                and first["medicine"] == one["medicine"]
            )
            if not same or count + 1 > parts.get(one["medicine"], 1):
                told[one["outlet"]][code].add(key(one))
    return {
        outlet: set().union(*codes.values())
        for outlet, codes in told.items()
        if len(codes) >= values["codes_min"]
    }


def resale(lines, values, _sides):
    dear = [
        one
        for one in lines
        if one["price_fen"] >= values["price_fen_min"] and one["supply_days"] > 0
    ]
    told = {}
    for (person, medicine), mine in groups(dear, "person", "medicine").items():
        kept = set()
        halves = {_half(one, values) for one in mine}
        for begins in halves | {half - 1 for half in halves}:
            window = [one for one in mine if _half(one, values) - begins in (0, 1)]
            days = sum(one["supply_days"] for one in window)
            if (
                len({one["claim"] for one in window}) >= values["rounds_min"]
                and len({one["outlet"] for one in window}) >= values["outlets_min"]
                and days * 100 >= values["dose_percent_min"] * values["window_days"]
            ):
                kept |= {key(one) for one in window}
        told[f"{person}|{medicine}"] = kept
    return told


def one_address(lines, values, sides):
    known = {one["address_key"] for one in sides["known_addresses"]}
    told = {}
    lived = [one for one in lines if one["address_key"] not in {None, *known}]
    for (address,), mine in groups(lived, "address_key").items():
        people = {one["person"] for one in mine}
        for (outlet, _), some in groups(mine, "outlet", "medicine").items():
            takers = {one["person"] for one in some}
            if len(takers) >= values["persons_min"] and len(takers) * 100 >= values[
                "share_percent_min"
            ] * len(people):
                told.setdefault(f"{outlet}|{address}", set()).update(map(key, some))
    return told


def doctor_outlet(lines, values, _sides):
    signed = [one for one in lines if one["doctor"] and one["issuer"]]
    pairs = {(o["issuer"], o["doctor"], o["outlet"], o["person"]) for o in signed}
    told = {}
    for (issuer, doctor, outlet), mine in groups(
        signed, "issuer", "doctor", "outlet"
    ).items():
        here = [pair for pair in pairs if pair[0] == issuer]
        own = [pair for pair in here if pair[1] == doctor]
        people = {person for _, _, _, person in own}
        observed = sum(pair[2] == outlet for pair in own)
        others = [pair for pair in here if pair[1] != doctor]
        there = sum(pair[2] == outlet for pair in others)
        expected = len(own) * (there + 1) / (len(others) + 1)
        if (
            observed >= values["persons_min"]
            and len(others) >= values["persons_min"]
            and observed * 100 >= values["share_percent_min"] * len(people)
            and _byar(observed, expected, values) >= values["ratio_percent_min"]
        ):
            told[f"{outlet}|{issuer}|{doctor}"] = {key(one) for one in mine}
    return told


def auxiliary(lines, values, sides):
    listed = defaultdict(list)
    for one in sides["auxiliary"]:
        listed[one["medicine"]].append(one["indicated"])

    def beside(one):
        signs = [sign for sign in listed[one["medicine"]] if sign]
        said = one["diagnosis"] or ""
        return one["medicine"] in {m for m, s in listed.items() if s} and not any(
            said.startswith(sign) for sign in signs
        )

    seen = defaultdict(lambda: defaultdict(bool))
    for one in lines:
        if one["doctor"] and one["issuer"]:
            seen[one["issuer"], one["doctor"]][one["person"]] |= beside(one)
    whole = sum(len(each) for each in seen.values())
    bad = sum(sum(each.values()) for each in seen.values())
    told = {}
    for (issuer, doctor), people in seen.items():
        n, observed = len(people), sum(people.values())
        if observed < values["persons_min"] or whole <= n:
            continue
        expected = n * (bad - observed + 1) / (whole - n + 1)
        if _byar(observed, expected, values) >= values["ratio_percent_min"]:
            told[f"{issuer}|{doctor}"] = {
                key(one)
                for one in lines
                if (one["issuer"], one["doctor"]) == (issuer, doctor) and beside(one)
            }
    return told


def above_standard(lines, values, _sides):
    told = {}
    for (outlet, medicine), mine in groups(lines, "outlet", "medicine").items():
        over = [
            one
            for one in mine
            if one["standard_fen"] is not None
            and one["price_fen"] > one["standard_fen"]
            and one["fund_fen"] > 0
            and one["over_standard_fen"]
            < (one["price_fen"] - one["standard_fen"]) * one["quantity"]
        ]
        if (
            len(over) >= values["lines_min"]
            and len({one["day"] for one in over}) >= values["days_min"]
        ):
            told[f"{outlet}|{medicine}"] = {key(one) for one in over}
    return told


def two_places(lines, values, sides):
    where = {one["outlet"]: (one["lon"], one["lat"]) for one in sides["places"]}
    by_card = [one for one in lines if one["voucher"] in ("card", "id_card")]
    told = {}
    for (person,), mine in groups(by_card, "person").items():
        claims = {}
        for one in sorted(mine, key=lambda x: (x["settled_at"], x["claim"])):
            claims.setdefault(one["claim"], one)
        hits, rows = [], list(claims.values())
        for before, one in pairwise(rows):
            both = {one["outlet"], before["outlet"]}
            if before["day"] != one["day"] or len(both) < 2 or not both <= where.keys():
                continue
            metres = round(_metres(where[before["outlet"]], where[one["outlet"]]))
            seconds = (one["settled_at"] - before["settled_at"]).total_seconds()
            fast = metres * 36 > values["speed_kmh_max"] * 10 * seconds
            if metres >= values["metres_min"] and fast:
                hits.append(one["claim"])
        if len(hits) >= values["times_min"]:
            told[person] = {key(one) for one in lines if one["claim"] in hits}
    return told


def closed_hours(lines, values, sides):
    opens, closes = {}, {}
    for one in sides["hours"]:
        at = one["outlet"], one["weekday"]
        opens[at] = min(opens.get(at, 9999), one["opens_minute"])
        closes[at] = max(closes.get(at, 0), one["closes_minute"])
    told = defaultdict(list)
    for one in lines:
        at = one["outlet"], one["day"].isoweekday()
        minute = one["settled_at"].hour * 60 + one["settled_at"].minute
        slack = values["slack_minutes"]
        if at in opens and not opens[at] - slack <= minute <= closes[at] + slack:
            told[one["outlet"]].append(one)
    return {
        outlet: {key(one) for one in mine}
        for outlet, mine in told.items()
        if len({one["claim"] for one in mine}) >= values["times_min"]
        and len({one["day"] for one in mine}) >= values["nights_min"]
    }


def hospital_stay(lines, values, sides):
    margin, told = timedelta(values["margin_days"]), defaultdict(list)
    for one in lines:
        if any(
            one["person"] == stay["person"]
            and stay["admitted"] + margin <= one["day"] <= stay["discharged"] - margin
            for stay in sides["stays"]
        ):
            told[one["person"]].append(one)
    return _often(told, values["times_min"])


def after_end(lines, values, sides):
    ends, told = (
        {one["person"]: one["ended_on"] for one in sides["ends"]},
        defaultdict(list),
    )
    for one in lines:
        end = ends.get(one["person"])
        if end and one["day"] > end + timedelta(values["grace_days"]):
            told[one["person"]].append(one)
    return _often(told, values["times_min"])


def _often(told, times_min):
    return {
        subject: {key(one) for one in mine}
        for subject, mine in told.items()
        if len({one["claim"] for one in mine}) >= times_min
    }


def _half(one, values):
    return (one["day"] - EPOCH).days * 2 // values["window_days"]


def _byar(observed, expected, values):
    z = values["z_hundredths"] / 100
    inner = 1 - 1 / (9 * observed) - z / (3 * math.sqrt(observed))
    return 100 * observed / expected * inner**3


def _metres(one, other):
    (lon, lat), (lon2, lat2) = one, other
    a, b = math.radians(lat), math.radians(lat2)
    half = (
        math.sin((b - a) / 2) ** 2
        + math.cos(a) * math.cos(b) * math.sin(math.radians(lon2 - lon) / 2) ** 2
    )
    return 2 * 6371008.8 * math.asin(min(1, math.sqrt(half)))
