"""A made-up book of claims of one year: the same region, rows, year and seed, the same book."""

from pathlib import Path
from types import MappingProxyType

from ibis.backends.duckdb import Backend

from dispensing.bulk.book import drafted
from dispensing.conditions import CONDITIONS

ROWS_A_PERSON = 20
_AREAS = MappingProxyType(
    {
        "wenzhou": (
            *("330302", "330303", "330304", "330305", "330324", "330326"),
            *("330327", "330328", "330329", "330381", "330382", "330383"),
        ),
        "tieling": ("211202", "211204", "211221", "211223", "211224", "211281"),
        "suixi": ("340621",),
        "chongqing": ("500103", "500105", "500106", "500107"),
        "lincang": ("530902", "530921", "530922", "530923", "530924", "530925"),
    }
)
REGIONS = tuple(_AREAS)
_TWO = ("hypertension", "diabetes")  # what a text on 两病 covers
_MORE = MappingProxyType({"suixi": ("coronary_heart_disease", "epilepsy")})

# Hashed twice, since the lowest bits of `hash(one, other)` hang together.
# Three claims in four have one line; one person in twenty gets a second disease
# during the year; a few rows of a hundred are not in order.
_BOOK = """
with numbered as (
    select i, i - (i % 4 = 3)::bigint as claim, (1 + (i % 4 = 3)::int)::smallint as line
    from range({rows}) as made(i)
), drawn as (
    select *, (hash(hash(claim, {seed})) % {persons})::bigint as person
    from numbered
), lived as (
    select *,
        date '{year}-01-01' + (claim * 365 // {rows})::int as day,
        {diseases}[1 + (hash(hash(person, {seed}, 1)) % {many})::bigint] as one,
        {diseases}[1 + (hash(hash(person, {seed}, 2)) % {many})::bigint] as two,
        (hash(hash(person, {seed}, 3)) % 20)::bigint as fate,
        (hash(hash(person, {seed}, 23)) % 365)::bigint as begins
    from drawn
), ill as (
    select *, one <> two and (fate < 6 or fate = 6 and claim * 365 // {rows} >= begins)
        as with_two
    from lived
)
select claim, line, person, claim as settled_no, day,
    case when hash(hash(person, {seed}, 4)) % 4 < {employees} then 'employee'
        else 'resident' end as scheme,
    {areas}[1 + (hash(hash(person, {seed}, 5)) % {places})::bigint] as area,
    {venues}[1 + (hash(hash(claim, {seed}, 6)) % 8)::bigint] as venue,
    case when with_two and hash(hash(claim, {seed}, 7)) % 2 = 0 then two else one end as disease,
    case when not with_two then one else one || '+' || two end as registered,
    {tiers}[1 + (hash(hash(i, {seed}, 8)) % 10)::bigint] as tier,
    (300 + hash(hash(i, {seed}, 9)) % 2500)::int as price_fen,
    case when hash(hash(i, {seed}, 10)) % 3 > 0
        then (300 + hash(hash(i, {seed}, 9)) % 2500 - hash(hash(i, {seed}, 11)) % 300)::int
        end as standard_fen,
    (1 + hash(hash(i, {seed}, 12)) % 4)::smallint as quantity,
    ([14, 28, 28, 28, 56, 84, 84, 84])[1 + (hash(hash(i, {seed}, 13)) % 8)::bigint]::smallint
        as supply_days,
    (500 + 500 * (hash(hash(i, {seed}, 14)) % 3))::int as self_pay_permyriad,
    hash(hash(i, {seed}, 15)) % 2 = 0 as vbp,
    hash(hash(i, {seed}, 16)) % 100 > 0 as in_range,
    hash(hash(claim, {seed}, 17)) % 50 > 0 as long_term,
    hash(hash(claim, {seed}, 18)) % 200 > 0 as designated,
    hash(hash(i, {seed}, 19)) % 200 > 0 as traced,
    day - (hash(hash(claim, {seed}, 20)) % 2)::int as issued_on,
    3::smallint as valid_days,
    case when line = 1 and hash(hash(claim, {seed}, 21)) % 10 = 0
        then (hash(hash(claim, {seed}, 22)) % 5000)::int else 0 end as ordinary_fund_fen
from ill
"""


def write_made_up(
    backend: Backend, path: Path, *, region: str, rows: int, year: int, seed: int
) -> None:
    """Write a book of so many lines for the people of a region: whole or not at all."""
    query = _query(region, rows=rows, year=year, seed=seed)
    with drafted(path) as draft:
        quoted = str(draft).replace("'", "''")
        copy = f"copy ({query}) to '{quoted}' (format parquet, compression zstd)"
        backend.con.execute(copy)


def _query(region: str, *, rows: int, year: int, seed: int) -> str:
    wide = region == "wenzhou"
    diseases = tuple(CONDITIONS) if wide else (*_TWO, *_MORE.get(region, ()))
    has_shops = region in ("wenzhou", "chongqing")
    shops = ("pharmacy",) * 3 if has_shops else ("primary", "level2") * 2
    venues = (*shops, "primary", "primary", "primary", "level2", "level2")[:8]
    areas = _AREAS[region]
    return _BOOK.format(
        rows=rows,
        seed=seed,
        year=year,
        persons=max(1, rows // ROWS_A_PERSON),
        diseases=list(diseases),
        many=len(diseases),
        employees=1 if wide else 0,
        areas=list(areas),
        places=len(areas),
        venues=list(venues),
        tiers=["甲"] * 6 + ["乙"] * 3 + ["丙"],
    )
