"""The fraud that is planted in a made-up year, and the truth about it, as statements of DuckDB."""

_FRAUD_COLUMNS = (
    "i, day, turn, supply, med, med2, doctor, at_town, at_no, minute, voucher, kind,"
    " outlet_area, extra_days"
)
_PERSON_KINDS = (
    *("duplicate", "over_quantity", "resale"),
    *("two_places", "hospital_stay", "after_end"),
)
_ROW = """
select {i} as i, {day} as day, 30 + n as turn, f.supply, {med} as med, null::bigint as med2,
    f.doctor, {town} % {{towns}} as at_town, {no} as at_no, {minute} as minute,
    '{voucher}' as voucher, '{kind}' as kind,
    330302 + ({town} % {{towns}}) % 6 as outlet_area, {days}::bigint as extra_days
from chosen f, range({times}) as turns(n) where f.how = '{kind}'
    and n < {least} + pick(f.i, 90, {times} - {least} + 1)
"""


def _extra(kind: str, least: int, times: int, **other: str) -> str:
    """Plant claims beside the regular ones: so many times at least and at most."""
    told = {
        "i": "f.i",
        "med": "f.med",
        "town": "f.town",
        "no": "f.home",
        "minute": "600 + pick(f.i * 50 + n, 60, 400)",
        "voucher": "card",
        "days": "28",
    }
    return _ROW.format(kind=kind, least=least, times=times, **{**told, **other})


_EXTRAS = (
    _extra(
        "duplicate",
        3,
        6,
        day="f.starts + n * greatest(28, f.supply) + 5 + pick(f.i, 61, 4)",
        town="(f.town + 1)",
        no="0",
        days="f.supply",
    ),
    _extra("over_quantity", 5, 8, day="20 + n * 22 + pick(f.i, 62, 10)", days="56"),
    _extra(
        "resale",
        7,
        10,
        day="60 + pick(f.i, 63, 200) + n * 6",
        med="34",
        town="(f.town + n % 6)",
        no="0",
        days="56",
    ),
    _extra(
        "two_places",
        2,
        3,
        day="f.starts + (n + 1) * 28",
        town="(f.town + 7 * (n % 2))",
        no="0",
        minute="700",
    ),
    # The other half of each pair: minutes later and thirty kilometres and more away.
    _extra(
        "two_places",
        2,
        3,
        i="f.i",
        day="f.starts + (n + 1) * 28",
        town="(f.town + 3 + n)",
        no="0",
        minute="706 + n",
    ),
    _extra("hospital_stay", 2, 3, day="f.admitted + 2 + n * 2"),
    _extra("after_end", 1, 3, day="f.ends + 10 + n * 9"),
)

EXTRAS = (
    """
create or replace temp table frauds as
with chosen as (
    select folk.*, c.how from folk join (
        select i, ([{kinds}])[1 + kind] as how from (
            select i, 0 as kind, row_number() over (order by hash(hash(i, {{seed}}, 70))) as r
                from folk where ends is null and moves is null
            union all select i, 1, row_number() over (order by hash(hash(i, {{seed}}, 71)))
                from folk where ends is null
            union all select i, 2, row_number() over (order by hash(hash(i, {{seed}}, 72)))
                from folk where ends is null
            union all select i, 3, row_number() over (order by hash(hash(i, {{seed}}, 73)))
                from folk where ends is null
            union all select i, 4, row_number() over (order by hash(hash(i, {{seed}}, 74)))
                from folk where admitted is not null and ends is null
            union all select i, 5, row_number() over (order by hash(hash(i, {{seed}}, 75)))
                from folk where ends is not null
        ) where r <= {{some_people}}
    ) c using (i)
), rows as ({rows})
select {columns} from rows where day between 0 and 364
""".format(
        kinds=", ".join(f"'{kind}'" for kind in _PERSON_KINDS),
        rows=" union all ".join(_EXTRAS),
        columns=_FRAUD_COLUMNS,
    ),
    # A ring at one address: new people, one dear medicine, one outlet, three rounds.
    """
create or replace temp table folk as
select * from folk union all by name
select {people} + t.town * 100 + n as i, t.town, 900 + n as no, 1 as household,
    84 as supply,
    33 as med, null::bigint as med2, t.outlets, t.doctors, t.area,
    'R' || lpad((t.town * 100 + n)::varchar, 8, '0') as person, 'R' || t.town as address_key,
    n as starts, 0 as home, n % t.doctors as doctor, null::bigint as moves, false as wanders,
    null::bigint as admitted, null::bigint as ends, false as early
from towns t, range(24) as ring(n)
where n < 10 + pick(t.town, 80, 14) and t.town in (
    select town from towns order by hash(hash(town, {seed}, 81)), town limit {some_towns})
""",
    """
create or replace temp table frauds as
select * from frauds union all by name
select i, starts * 2 + n * 84 as day, 40 + n as turn, supply, med,
    null::bigint as med2,
    doctor, town as at_town, 0 as at_no, 540 + starts * 20 as minute, 'card' as voucher,
    'one_address' as kind, area as outlet_area, 84::bigint as extra_days
from folk, range(3) as turns(n) where i >= {people}
""",
    """
create or replace temp table doctors_bad as
select town, 0 as doctor, 'outlet' as how, 1 + pick(town, 83, outlets - 1) as at_no from (
    select * from towns where outlets >= 4 and doctors >= 3
    order by hash(hash(town, {seed}, 82)), town limit {some_towns})
union all
select town, 1, 'auxiliary', null from (
    select * from towns where doctors >= 2
    order by hash(hash(town, {seed}, 84)), town limit {some_towns})
""",
    """
create or replace temp table outlets_bad as
select outlet_of(town, 0) as bad_outlet, ['codes', 'night', 'price'][1 + (r % 3)::bigint] as how
from (
    select *, row_number() over (order by hash(hash(town, {seed}, 85)), town) - 1 as r
    from towns where pick(outlet_of(town, 0), 50, 20) <> 0  -- else open all night
) where r < 3 * {some_towns}
""",
)

TRUTH = """
select distinct kind as rule, person as subject from frauds join folk using (i)
    where kind <> 'one_address'
union all select distinct 'one_address', outlet_of(town, 0) from folk where i >= {people}
union all select 'doctor_outlet', 'H' || town || '|D' || town || '-' || doctor
    from doctors_bad where how = 'outlet'
union all select 'auxiliary', 'H' || town || '|D' || town || '-' || doctor
    from doctors_bad where how = 'auxiliary'
union all select case how when 'codes' then 'second_trace' when 'night' then 'closed_hours'
    else 'above_standard' end, bad_outlet from outlets_bad
order by all
"""
