"""The rules about outlets and doctors: codes, addresses, shares, prices and hours.

Each gives hits: the subject, the claim, its line, the fen at stake, and what was measured.
"""

# Numbers of the codes first: of millions only those that occur twice are looked at as text.
SECOND_TRACE = """
with codes as (
    select claim, line, outlet, medicine, settled_at, fund_fen, len(traces) as of_codes,
        unnest(traces) as trace from lines where len(traces) > 0
), twice as (
    select hash(trace) as number from (
        select unnest(traces) as trace from lines where len(traces) > 0
    ) group by number having count(*) > 1
), sold as (
    select codes.*, row_number() over w as turn, first_value(outlet) over w as first_outlet,
        first_value(codes.medicine) over w as first_medicine,
        coalesce(parts.parts, 1) as parts
    from codes semi join twice on hash(codes.trace) = twice.number
        left join parts on parts.medicine = codes.medicine
    window w as (partition by trace order by settled_at, claim, line)
), hit as (
    select * from sold
    where turn > parts or (outlet <> first_outlet) or (medicine <> first_medicine)
), many as (
    select outlet, count(distinct trace) as codes from hit
    group by outlet having count(distinct trace) >= {codes_min}
)
select hit.outlet as subject, claim, line,
    (any_value(fund_fen) * count(distinct trace) // any_value(of_codes))::bigint as stake_fen,
    map {{'codes': any_value(many.codes)::bigint}} as facts
from hit join many using (outlet) group by hit.outlet, claim, line
"""

ONE_ADDRESS = """
with lived as (
    select distinct address_key, person from lines where address_key is not null
), crowded as (
    select address_key, count(*) as people from lived
    group by address_key having count(*) >= {persons_min}
        and address_key not in (select address_key from known_addresses)
), found as (
    select address_key, outlet, medicine, any_value(people) as people,
        count(distinct person) as takers
    from lines join crowded using (address_key) group by address_key, outlet, medicine
    having count(distinct person) >= {persons_min}
        and count(distinct person) * 100 >= {share_percent_min} * any_value(people)
)
select lines.outlet || '|' || lines.address_key as subject, claim, line,
    fund_fen as stake_fen,
    map {{'people': people::bigint, 'takers': takers::bigint}} as facts
from lines join found using (address_key, outlet, medicine)
"""

_BYAR = """{o} / {e} * pow(1 - 1 / (9.0 * {o}) - ({{z_hundredths}} / 100.0) / (3 * sqrt({o})), 3)"""

DOCTOR_OUTLET = (
    """
with cell as (
    select issuer, doctor, outlet, count(*) as o from (
        select distinct issuer, doctor, outlet, person from lines
        where doctor is not null and issuer is not null
    ) group by all
), doctors as (select issuer, doctor, sum(o) as n from cell group by all),
patients as (
    select issuer, doctor, count(distinct person) as people from lines
    where doctor is not null and issuer is not null group by all
), shops as (select issuer, outlet, sum(o) as m from cell group by all),
wholes as (select issuer, sum(o) as t from cell group by all),
judged as (
    select cell.*, people, n * (m - o + 1.0) / (t - n + 1.0) as e
    from cell join doctors using (issuer, doctor) join shops using (issuer, outlet)
        join patients using (issuer, doctor)
        join wholes using (issuer)
    where o >= {persons_min} and t - n >= {persons_min}
        and o * 100 >= {share_percent_min} * people
), found as (
    select *, """
    + _BYAR.format(o="o", e="e")
    + """ as bound from judged
)
select lines.outlet || '|' || lines.issuer || '|' || lines.doctor as subject, claim, line,
    fund_fen as stake_fen,
    map {{'observed': o::bigint, 'of_patients': people::bigint,
        'expected_tenths': round(e * 10)::bigint,
        'bound_percent': floor(bound * 100)::bigint}} as facts
from lines join found using (issuer, doctor, outlet)
where bound * 100 >= {ratio_percent_min}
"""
)

AUXILIARY = (
    """
with listed as (
    select lines.*, medicine in (select medicine from auxiliary) and not exists (
        select 1 from auxiliary a where a.medicine = lines.medicine
            and a.indicated <> '' and starts_with(lines.diagnosis, a.indicated)) as beside
    from lines where doctor is not null and issuer is not null
), seen as (
    select issuer, doctor, person, bool_or(beside) as beside from listed group by all
), doctors as (
    select issuer, doctor, count(*) as n, count(*) filter (beside) as o from seen group by all
), whole as (select sum(n) as t, sum(o) as m from doctors),
judged as (
    select doctors.*, n * (m - o + 1.0) / (t - n + 1.0) as e from doctors, whole
    where o >= {persons_min} and t > n
), found as (
    select *, """
    + _BYAR.format(o="o", e="e")
    + """ as bound from judged
)
select listed.issuer || '|' || listed.doctor as subject, claim, line, fund_fen as stake_fen,
    map {{'observed': o::bigint, 'of_patients': n::bigint,
        'expected_tenths': round(e * 10)::bigint,
        'bound_percent': floor(bound * 100)::bigint}} as facts
from listed join found using (issuer, doctor)
where listed.beside and bound * 100 >= {ratio_percent_min}
"""
)

# What a patient pays above the standard is nobody's wrong; what the fund pays is.
ABOVE_STANDARD = """
with hit as (
    select *, (price_fen - standard_fen) * quantity - over_standard_fen as over_fen
    from lines where price_fen > standard_fen and fund_fen > 0
        and over_standard_fen < (price_fen - standard_fen) * quantity
), many as (
    select outlet, medicine, count(*) as times, max(price_fen - standard_fen) as most
    from hit group by outlet, medicine
    having count(*) >= {lines_min} and count(distinct day) >= {days_min}
)
select hit.outlet || '|' || hit.medicine as subject, claim, line,
    least(fund_fen, over_fen)::bigint as stake_fen,
    map {{'times': times::bigint, 'above_fen_max': most::bigint}} as facts
from hit join many using (outlet, medicine)
"""

CLOSED_HOURS = """
with open_at as (
    select outlet, weekday, min(opens_minute) as opens, max(closes_minute) as closes
    from hours group by all
), hit as (
    select lines.* from lines join open_at
    on open_at.outlet = lines.outlet and weekday = isodow(day)
        and (hour(settled_at) * 60 + minute(settled_at) < opens - {slack_minutes}
            or hour(settled_at) * 60 + minute(settled_at) > closes + {slack_minutes})
), many as (
    select outlet, count(distinct claim) as times, count(distinct day) as nights
    from hit group by outlet
    having count(distinct claim) >= {times_min} and count(distinct day) >= {nights_min}
)
select hit.outlet as subject, claim, line, fund_fen as stake_fen,
    map {{'times': times::bigint, 'nights': nights::bigint}} as facts
from hit join many using (outlet)
"""
