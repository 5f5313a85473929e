"""Two registries of made-up people with planted slips, for tests and the bench; by a seed.

Of a hundred managed patients ninety are insured. Of a thousand, thirty have no ID number or
another one, fifteen one wrong sign in the name, five the name of another, ten a birthday
some days off, forty have moved, and ten are garbage (no person, no use). `truth` is who it is.
"""

import duckdb

_NAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡"
    "余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯",
    "英秀玉华珍兰桂芳淑明国建文志军平红丽梅强伟海霞生荣金凤云春福贵德忠祥宝林永成东清"
    "新立学光辉爱素琴月香莲菊花翠巧娟燕娜敏静洁慧婷雪晶莹倩佳欣怡悦涛鹏飞超杰浩宇轩博",
)
_MACROS = """
CREATE MACRO dice(i, s) AS hash(i * 1000003 + s + {seed} * 7919);
CREATE MACRO sign(t, i, s) AS t[1 + (dice(i, s) % length(t))::INT];
CREATE MACRO family(i) AS '{families}'[1 + ((dice(i, 1) % 80) * (dice(i, 2) % 80) // 80)::INT];
CREATE MACRO called(i) AS family(i) || sign('{given}', i, 3)
    || CASE WHEN dice(i, 4) % 10 < 8 THEN sign('{given}', i, 5) ELSE '' END;
CREATE MACRO born(i) AS DATE '1930-01-01' + (dice(i, 6) % 23000)::INT;
CREATE MACRO lives(i) AS '第' || (dice(i, 7) % 20) || '镇' || sign('{given}', i, 8)
    || sign('{given}', i, 9) || '村' || (1 + dice(i, 10) % 400) || '号';
CREATE MACRO identity(i) AS sha256('{seed}:' || i);
CREATE MACRO ill(i) AS CASE dice(i, 11) % 10 WHEN 0 THEN ['diabetes', 'hypertension']
    WHEN 1 THEN ['diabetes'] WHEN 2 THEN ['diabetes'] ELSE ['hypertension'] END;
"""
_INSURED = """
SELECT i AS no, identity(i) AS id_digest, called(i) AS name, born(i) AS born_on,
    lives(i) AS address, dice(i, 12) % 10 < 8 AS fits,
    CASE WHEN dice(i, 13) % 10 < 5 THEN ill(i) ELSE [] END AS two_disease,
    CASE WHEN dice(i, 14) % 20 = 0 THEN ['diabetes'] ELSE [] END AS chronic_outpatient,
    CASE WHEN dice(i, 15) % 4 = 0 THEN ill(i) ELSE [] END AS diagnosed
FROM range({people}) t(i)
"""
_MANAGED = """
SELECT i AS no, CASE WHEN slip < 10 OR i >= {people} THEN NULL ELSE i END AS truth,
    CASE WHEN slip < 10 THEN identity(-1 - i) WHEN slip < 25 THEN NULL
        WHEN slip < 40 THEN identity(-1 - i) ELSE identity(i) END AS id_digest,
    CASE WHEN slip < 10 THEN '？' || i WHEN typed < 15
        THEN called(i)[1] || sign('{given}', i, 22) || called(i)[3:]
        WHEN typed < 20 THEN called(i + 5000000) ELSE called(i) END AS name,
    CASE WHEN dice(i, 23) % 1000 < 10
        THEN born(i) + (1 + dice(i, 24) % 9)::INT ELSE born(i) END AS born_on,
    CASE WHEN slip < 10 THEN '' WHEN dice(i, 25) % 1000 < 40
        THEN lives(i + 7000000) ELSE lives(i) END AS address,
    ill(i) AS diseases, dice(i, 26) % 10 = 0 AS chronic_outpatient
FROM (SELECT i, dice(i, 20) % 1000 AS slip, dice(i, 21) % 1000 AS typed
    FROM range({first}, {first} + {people}) t(i))
"""


def write_registries(folder: str, people: int, seed: int) -> tuple[str, str]:
    """Write both registries of so many people as parquet; tells their paths."""
    families, given = _NAMES
    paths = f"{folder}/managed.parquet", f"{folder}/insured.parquet"
    with duckdb.connect() as con:
        con.execute(_MACROS.format(seed=seed, families=families, given=given))
        asked = (_MANAGED, _INSURED)
        for path, words in zip(paths, asked, strict=True):
            said = words.format(people=people, first=people // 10, given=given)
            con.execute(f"COPY ({said}) TO '{path}' (FORMAT parquet)")
    return paths


def known(managed: str) -> set[int]:
    """Tell which managed patients of a made-up registry are insured people."""
    with duckdb.connect() as con:
        asked = "SELECT truth FROM read_parquet(?) WHERE truth IS NOT NULL"
        return {one for (one,) in con.execute(asked, [managed]).fetchall()}
