"""The towns, people, outlets and visits of a made-up year, as statements of DuckDB."""

# A number from 0 to below 1 for whatever is hashed, and a whole number below n.
WORLD = (
    "create or replace temp macro chance(a, b) as"
    " (hash(hash(a, {seed}, b)) % 1000003) / 1000003.0",
    "create or replace temp macro pick(a, b, n) as"
    " (hash(hash(a, {seed}, b)) % n::ubigint)::bigint",
    "create or replace temp macro outlet_of(town, no) as"
    " 'P' || (330302 + town % 6) || lpad(town::varchar, 4, '0') || no",
    # The first outlet of a town is the one most people go to.
    "create or replace temp macro skewed(a, b, n) as"
    " floor(n * pow(chance(a, b), 1.5))::bigint",
    """
create or replace temp table towns as
select t as town, 1 + pick(t, 1, 5) as outlets, 1 + pick(t, 2, 7) as doctors,
    330302 + t % 6 as area from range({towns}) as made(t)
""",
    """
create or replace temp table folk as
with born as (
    select i, i // {town_people} as town, i % {town_people} as no,
        1 + pick(i // 60, 3, 5) as household,
        case when chance(i, 4) < 0.15 then 84 else 28 end as supply,
        floor(40 * pow(chance(i, 5), 1.7))::bigint as med,
        case when chance(i, 6) < 0.3 then floor(40 * chance(i, 7))::bigint end as med2
    from range({people}) as made(i)
)
select born.*, outlets, doctors, area,
    'N' || lpad(i::varchar, 8, '0') as person,
    case when pick(town, 8, 4) = 0 and no < 45 then 'H' || town
        when pick(town, 8, 4) = 1 and no < 70 then 'V' || town
        else 'A' || town || '-' || (no - no % household) end as address_key,
    pick(i, 9, supply) as starts,
    case when pick(town, 8, 4) = 0 and no < 45 then 0
        -- A doctor whose room is next door to the first outlet.
        when pick(town * 10 + pick(i, 10, doctors), 11, 10) = 0 and chance(i, 12) < 0.4 then 0
        else skewed(i, 13, outlets) end as home,
    pick(i, 10, doctors) as doctor,
    case when chance(i, 14) < 0.04 then 60 + pick(i, 15, 250) end as moves,
    chance(i, 16) < 0.005 as wanders,
    case when chance(i, 17) < 0.03 then 30 + pick(i, 18, 290) end as admitted,
    case when chance(i, 19) < 0.01 then 100 + pick(i, 20, 200) end as ends,
    chance(i, 21) < 0.4 as early
from born join towns using (town)
""",
    # Who collects when and where; an ended person now and then is uploaded a day late.
    """
create or replace temp table visits as
with due as (
    select folk.*, turn, starts + turn * supply + pick(i * 100 + turn, 22, 5) - 2 as due
    from folk, range(14) as turns(turn) where starts + turn * supply < 363
), gone as (
    select *, case
        when admitted is not null and due between admitted and admitted + 9 then admitted + 9
        when early and due between 24 and 40 and turn > 0 then due - 10
        else due end as day
    from due
), went as (
    select i, greatest(0, day) as day, turn, supply, med, med2, doctor,
        case when moves is not null and day >= moves then (town + 1) % {towns}
            when wanders then (town + turn) % {towns}
            when early and due between 24 and 40 and chance(i, 23) < 0.3
                then (town + 2) % {towns}
            else town end as at_town,
        case when moves is not null and day >= moves or wanders then 0
            when chance(i * 100 + turn, 24) < 0.08 then pick(i * 100 + turn, 25, outlets)
            else home end as at_no,
        480 + pick(i * 100 + turn, 26, 720) as minute,
        case when chance(i * 100 + turn, 27) < 0.6 then 'card' else 'e_code' end as voucher,
        'regular' as kind
    from gone where day < 365 and (ends is null or day <= ends + (chance(i, 28) < 0.2)::int)
), lost as (
    select i, day + 5 + pick(i, 29, 10) as day, 20 as turn, supply, med,
        null::bigint as med2, doctor, at_town,
        case when chance(i, 30) < 0.5 then 0 else at_no end as at_no, minute, voucher,
        'lost' as kind
    from went where turn = 2 and chance(i, 31) < 0.01 and day < 340
), relative as (
    select i, day, 21 as turn, supply, (med + 11) % 40 as med, null::bigint as med2,
        doctor, (at_town + 30) % {towns} as at_town, 0 as at_no, minute + 9 as minute,
        'e_code' as voucher, 'relative' as kind
    from went where turn in (1, 3) and chance(i, 32) < 0.01
)
select v.* replace (case
        when (at_no >= t.outlets) then 0 else at_no end as at_no),
    t.outlets, t.area as outlet_area
from (
    select * from went union all select * from lost where day < 365
    union all select * from relative
) as v join towns t on t.town = v.at_town
""",
)

# Lines: the medicine, a second one for some, an auxiliary one where it was prescribed.
BOOK = """
with everything as (
    select * exclude (outlets) from visits union all by name select * from frauds
), sold as (
    select e.*, row_number() over (order by e.day, e.i, e.turn, e.kind) as claim,
        folk.person, folk.town, folk.area, folk.address_key, folk.doctor as own_doctor,
        folk.doctors
    from everything e left join folk using (i)
), placed as (
    select sold.*,
        case when d.how = 'outlet' and kind = 'regular' and at_town = sold.town
                and chance(i, 40) < 0.6 + 0.3 * chance(d.town, 56) then d.at_no
            else sold.at_no end as shop,
        case when d.how = 'auxiliary' then 0.25 + 0.25 * chance(d.town, 57)
            else 0.0 end as bad_share,
        coalesce(pick(sold.town * 10 + own_doctor, 41, 25) = 0, false)
            and d.how is null as specialist
    from sold left join doctors_bad d
        on d.town = sold.town and d.doctor = sold.own_doctor
), lined as (
    select *, 1 as line, med as item from placed
    union all select *, 2, med2 from placed where med2 is not null and med2 <> med
    union all select *, 3, 40 + pick(i, 42, 3) from placed where kind = 'regular'
        and chance(i, 43) < greatest(bad_share, case when specialist then 0.4 else 0.03 end)
), named as (
    select *, outlet_of(at_town, shop) as outlet, 'M' || lpad(item::varchar, 3, '0') as medicine,
        (case when item between 30 and 39 then 6000 + 1300 * (item - 30)
            when item >= 40 then 8000 else 900 + 110 * item end)::bigint as list_fen,
        greatest(1, pack_days // 28)::bigint as quantity
    from (select *, coalesce(extra_days, supply) as pack_days from lined)
), priced as (
    select named.*, b.how as bad,
        case when item = 3 and day >= 181 then list_fen * 9 // 10 else list_fen end as standard_fen,
        case when b.how = 'price' and item = 0 then list_fen * 5 // 4
            when item = 3 and day between 181 and 182 then list_fen
            when item = 3 and day > 182 then list_fen * 9 // 10
            when pick(outlet || item, 44, 20) = 0 then list_fen * 23 // 20
            else list_fen end as price_fen,
        -- Night, an evening after an outage, an outlet that never closes.
        case when b.how = 'night' and kind = 'regular'
                and chance(claim, 45) < 0.01 + 0.03 * chance(named.outlet, 58)
                then 60 + pick(claim, 46, 180)
            when pick(outlet, 47, 33) = 0 and day = 100 + pick(outlet, 48, 100)
                then 1380 + pick(claim, 49, 50)
            when pick(outlet, 50, 20) = 0 and kind = 'regular' then pick(claim, 51, 1440)
            else minute end as at_minute
    from named left join outlets_bad b on b.bad_outlet = named.outlet
), paid as (
    select *, price_fen * quantity as total_fen,
        case when price_fen > standard_fen and bad is distinct from 'price'
                and not (item = 3 and day between 181 and 182)
            then (price_fen - standard_fen) * quantity else 0 end as over_standard_fen
    from priced
), split as (
    select *, total_fen - over_standard_fen as in_scope_fen,
        (total_fen - over_standard_fen) * 6 // 10 as fund_fen
    from paid
), coded as (
    select *, case when item in (7, 8)
            then row_number() over (partition by outlet, item order by claim) // 4 end as box
    from split
)
select 'C' || claim as claim, line::integer as line, person,
    (date '{year}-01-01' + day::integer) as day,
    (date '{year}-01-01' + day::integer)::timestamp
        + to_minutes(at_minute % 1440) + to_seconds(claim % 60) as settled_at,
    outlet, 'pharmacy' as outlet_kind, outlet_area::varchar as outlet_area,
    area::varchar as area, 'resident' as scheme, 'two_disease' as channel,
    case when item % 2 = 0 then 'hypertension' else 'diabetes' end as disease,
    case when item >= 40 and specialist then 'I63.9'
        when item % 2 = 0 then 'I10' else 'E11.9' end as diagnosis,
    medicine, 'C' || lpad(item::varchar, 6, '0') as atc, 'class' || item % 10 as class,
    quantity, pack_days::bigint as supply_days, price_fen, standard_fen, total_fen,
    0::bigint as own_paid_fen, over_standard_fen, in_scope_fen, fund_fen,
    0::bigint as account_fen, total_fen - fund_fen as cash_fen,
    'D' || town || '-' || own_doctor as doctor, 'H' || town as issuer,
    case when bad = 'codes' and item not in (7, 8) and chance(claim, 52) < 0.05
            then ['81' || lpad(hash(outlet || item || pick(claim, 53, 2))::varchar, 20, '0')]
        when box is not null
            then ['82' || lpad(hash(outlet || '-' || item || '-' || box)::varchar, 20, '0')]
        when chance(claim, 54) < 0.00002
            then ['83' || lpad((claim // 20000)::varchar, 18, '0') || right(outlet, 2)]
        else list_transform(range(quantity), lambda n: '84' || lpad(claim::varchar, 12, '0')
            || line || lpad(n::varchar, 5, '0'))
        end as traces,
    address_key, voucher, null::date as reversed_on
from coded
"""

SIDES = {
    "places": "select outlet_of(town, n) as outlet, 118 + (town % 40) * 0.3 + n * 0.004 as lon,"
    " 26 + (town // 40) * 0.3 + n * 0.003 as lat from towns, range(9) as r(n) where n < outlets",
    "hours": "select outlet_of(town, n) as outlet, (w + 1)::integer as weekday,"
    " (case when pick(outlet_of(town, n), 50, 20) = 0 then 0 else 480 end)::integer"
    " as opens_minute,"
    " (case when pick(outlet_of(town, n), 50, 20) = 0 then 1440 else 1200 end)::integer"
    " as closes_minute from towns, range(9) as r(n), range(7) as days(w) where n < outlets",
    "stays": "select person, date '{year}-01-01' + admitted::integer as admitted,"
    " date '{year}-01-01' + (admitted + 9)::integer as discharged from folk"
    " where admitted is not null",
    "ends": "select person, date '{year}-01-01' + ends::integer as ended_on from folk"
    " where ends is not null",
    "auxiliary": "select 'M0' || n as medicine, 'I63' as indicated from range(40, 43) as r(n)",
    "parts": "select 'M00' || n as medicine, 4 as parts from range(7, 9) as r(n)",
    "known_addresses": "select 'none' as address_key where false",
}
