"""The yardstick: a lean settlement of six rows by pgbench, in four statements and in one."""

FOUR = r"""
\set p random(1,10000)
\set t random(1000,60000)
begin;
select used_fen, cap_fen from acc where patient_id=:p and year=2025 for update;
insert into settlement(idem_key,rx_id,patient_id,pharmacy_id,total_fen,fund_fen,self_fen)
 values (gen_random_uuid(),:p,:p,1,:t,:t*6/10,:t-:t*6/10) returning id \gset
insert into ledger(settlement_id,account,amount_fen) values (:id,'fund',-(:t*6/10)),
 (:id,'patient',-(:t-:t*6/10)),(:id,'pharmacy',:t),(:id,'memo',0);
update acc set used_fen=used_fen+:t*6/10 where patient_id=:p and year=2025;
commit;
"""
ONE = r"""
\set p random(1,10000)
\set t random(1000,60000)
with u as (update acc set used_fen=used_fen+:t*6/10 where patient_id=:p and year=2025
 and used_fen+:t*6/10<=cap_fen returning patient_id),
s as (insert into settlement(idem_key,rx_id,patient_id,pharmacy_id,total_fen,fund_fen,
 self_fen) select gen_random_uuid(),:p,:p,1,:t,:t*6/10,:t-:t*6/10 from u returning id)
insert into ledger(settlement_id,account,amount_fen) select s.id,v.a,v.m from s,
 (values ('fund',-(:t*6/10)),('patient',-(:t-:t*6/10)),('pharmacy',:t),('memo',0)) v(a,m)
 returning settlement_id;
"""
TABLES = (
    """create table acc(patient_id bigint, year int, used_fen bigint not null default 0,
    cap_fen bigint not null, primary key(patient_id,year), check(used_fen<=cap_fen))""",
    """create table settlement(id bigserial primary key, idem_key uuid not null unique,
    rx_id bigint not null, patient_id bigint not null, pharmacy_id int not null,
    total_fen bigint not null, fund_fen bigint not null, self_fen bigint not null,
    created_at timestamptz not null default now())""",
    """create table ledger(id bigserial primary key, settlement_id bigint not null
    references settlement(id), account text not null, amount_fen bigint not null,
    created_at timestamptz not null default now())""",
    "create index on ledger(settlement_id)",
    "create index on settlement(patient_id)",
    "insert into acc select g,2025,0,1000000000000 from generate_series(1,10000) g",
    "vacuum analyze acc",
)
