"""The rules about one person: supplies, journeys, stays and ends, as statements of DuckDB.

Each gives hits: the subject, the claim, its line, the fen at stake, and what was measured.
Lines are read from `lines`, which holds no reversed claim and no line without a person.
"""

# The supply that came last and what is left over, by Lindley's recursion: in hand before
# line t is cumulative supply less days gone by, less the least of that so far. Lines of one
# claim with one ATC code are one supply, the longest of them: they stand in rising order.
# Sorted are numbers alone: a person and a code are one hash, as are claim and outlet.
SUPPLIES = """
create temp table supplies as
with slim as (
    select hash(person, atc) as pair, hash(claim) as act, hash(outlet) as place, claim, line,
        day - date '2000-01-01' as day, epoch_us(settled_at) as instant, supply_days
    from lines where supply_days > 0 and atc is not null
), first as (
    select *, case when lag(act) over w = act then lag(supply_days) over w else 0 end as counted,
        lag(place) over w <> place as elsewhere,
        lag(supply_days) over w - (day - lag(day) over w) as left_days
    from slim window w as (partition by pair order by day, instant, act, supply_days, line)
), summed as (
    select * exclude (place), sum(supply_days - counted) over (partition by pair
            order by day, instant, act, supply_days, line
            rows unbounded preceding)::bigint as supplied
    from first
), behind as (
    select pair, claim, line, elsewhere, left_days, supplied - supply_days - day
        - min(supplied - (supply_days - counted) - day) over (partition by pair
            order by day, instant, act, supply_days, line
            rows unbounded preceding) as in_hand_days
    from summed
)
select * from behind where in_hand_days >= 7 or (left_days >= 1 and elsewhere)
"""

DUPLICATE = """
with hit as (
    select * from supplies where elsewhere and left_days >= {in_hand_days_min}
), many as (
    select pair, count(distinct claim) as times, max(left_days) as most
    from hit group by pair having count(distinct claim) >= {times_min}
)
select person || '|' || atc as subject, claim, line, fund_fen as stake_fen,
    map {{'times': times::bigint, 'left_days_max': most::bigint}} as facts
from hit join many using (pair) join lines using (claim, line)
"""

OVER_QUANTITY = """
with hit as (
    select * from supplies where in_hand_days > {in_hand_days_max}
), many as (
    select pair, count(distinct claim) as times, max(in_hand_days) as most
    from hit group by pair having count(distinct claim) >= {times_min}
)
select person || '|' || atc as subject, claim, line, fund_fen as stake_fen,
    map {{'times': times::bigint, 'in_hand_days_max': most::bigint}} as facts
from hit join many using (pair) join lines using (claim, line)
"""

# Windows that begin half a window apart, so that what lies across two is seen in one.
RESALE = """
with suspected as (
    select person, medicine from lines where price_fen >= {price_fen_min} and supply_days > 0
    group by person, medicine
    having count(*) >= {rounds_min} and min(outlet) <> max(outlet)
        and sum(supply_days) * 100 >= {dose_percent_min} * {window_days}
), dear as (
    select lines.*, (day - date '2000-01-01') * 2 // {window_days} as half
    from lines semi join suspected using (person, medicine)
    where price_fen >= {price_fen_min} and supply_days > 0
), looked as (
    select *, half as begins from dear union all select *, half - 1 from dear
), windows as (
    select person, medicine, begins, count(distinct claim) as rounds,
        sum(supply_days) as supplied, count(distinct outlet) as outlets
    from looked group by person, medicine, begins
    having count(distinct claim) >= {rounds_min} and count(distinct outlet) >= {outlets_min}
        and sum(supply_days) * 100 >= {dose_percent_min} * {window_days}
), worst as (
    select person, medicine, max(rounds) as rounds, max(supplied) as supplied,
        max(outlets) as outlets from windows group by person, medicine
)
select distinct looked.person || '|' || looked.medicine as subject, claim, line,
    fund_fen as stake_fen, map {{'rounds': worst.rounds::bigint,
        'outlets': worst.outlets::bigint, 'supplied_days': worst.supplied::bigint}} as facts
from looked semi join windows using (person, medicine, begins)
    join worst using (person, medicine)
"""

# Metres by the haversine; a card is in one place, an e-code in any relative's hand.
TWO_PLACES = """
with days as (
    select person, day from lines where voucher in ('card', 'id_card')
    group by all having min(outlet) <> max(outlet)
), sold as (
    select person, claim, outlet, settled_at, min(line) as line, sum(fund_fen)::bigint as fund_fen
    from lines join days using (person, day)
    where voucher in ('card', 'id_card') group by all
), pairs as (
    select *, lag(outlet) over w as outlet_before,
        date_diff('second', lag(settled_at) over w, settled_at) as seconds
    from sold window w as (partition by person order by settled_at, claim)
), far as (
    select pairs.*, (2 * 6371008.8 * asin(least(1, sqrt(
        pow(sin(radians(b.lat - a.lat) / 2), 2)
        + cos(radians(a.lat)) * cos(radians(b.lat))
        * pow(sin(radians(b.lon - a.lon) / 2), 2)))))::bigint as metres
    from pairs join places a on a.outlet = pairs.outlet_before
        join places b on b.outlet = pairs.outlet
    where outlet_before <> pairs.outlet
), hit as (
    select * from far
    where metres >= {metres_min} and metres * 36 > {speed_kmh_max} * 10 * seconds
), many as (
    select person, count(*) as times, max(metres) as most, min(seconds) as least
    from hit group by person having count(*) >= {times_min}
)
select hit.person as subject, lines.claim, lines.line, lines.fund_fen as stake_fen,
    map {{'times': times::bigint, 'metres_max': most::bigint,
        'seconds_min': least::bigint}} as facts
from hit join many using (person) join lines using (claim)
"""

HOSPITAL_STAY = """
with hit as (
    select lines.* from lines join stays
    on stays.person = lines.person and day >= admitted + {margin_days}
        and day <= discharged - {margin_days}
), many as (
    select person, count(distinct claim) as times from hit
    group by person having count(distinct claim) >= {times_min}
)
select distinct hit.person as subject, claim, line, fund_fen as stake_fen,
    map {{'times': times::bigint}} as facts
from hit join many using (person)
"""

AFTER_END = """
with hit as (
    select lines.*, day - ended_on as late_days from lines join ends
    on ends.person = lines.person and day > ended_on + {grace_days}
), many as (
    select person, count(distinct claim) as times, max(late_days) as most from hit
    group by person having count(distinct claim) >= {times_min}
)
select hit.person as subject, claim, line, fund_fen as stake_fen,
    map {{'times': times::bigint, 'late_days_max': most::bigint}} as facts
from hit join many using (person)
"""
