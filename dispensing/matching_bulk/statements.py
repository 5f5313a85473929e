"""The statements of a matching, in the order in which they run."""

_PERSON = "no BIGINT, id_digest VARCHAR, name VARCHAR, born_on DATE, address VARCHAR"
TABLES = f"""
CREATE TABLE managed ({_PERSON}, diseases VARCHAR[], chronic_outpatient BOOLEAN);
CREATE TABLE insured ({_PERSON}, fits BOOLEAN,
    two_disease VARCHAR[], chronic_outpatient VARCHAR[], diagnosed VARCHAR[]);
CREATE TABLE decided (managed BIGINT, insured BIGINT, same BOOLEAN);
CREATE TABLE asked (diseases VARCHAR[], exclusive BOOLEAN, score_min INTEGER);
CREATE TABLE candidate (managed BIGINT, insured BIGINT, points INTEGER);
-- levenshtein() counts bytes; a Chinese sign has three.
CREATE MACRO signs_apart(a, b) AS abs(length(a) - length(b)) + len(list_filter(
    range(1, least(length(a), length(b)) + 1), lambda i: a[i] <> b[i]));
"""
ALIKE = """
SELECT 1 FROM (
    SELECT 1 FROM managed_left m SEMI JOIN insured_left i USING (born_on)
    UNION ALL SELECT 1 FROM managed_left m SEMI JOIN insured_left i USING (name, address)
) LIMIT 1
"""
# The same ID number: the same person where the name agrees too, else somebody looks at it.
EXACT = """
CREATE TABLE by_id AS
SELECT m.no AS managed, i.no AS insured, m.name = i.name AS agrees
FROM managed m JOIN insured i USING (id_digest) WHERE m.id_digest IS NOT NULL;
CREATE TABLE managed_left AS SELECT m.* FROM managed m
ANTI JOIN by_id b ON b.managed = m.no ANTI JOIN decided d ON d.managed = m.no AND d.same;
CREATE TABLE insured_left AS SELECT i.* FROM insured i
ANTI JOIN by_id b ON b.insured = i.no ANTI JOIN decided d ON d.insured = i.no AND d.same;
"""
# A score puts nobody together by itself; with the operator's least score it does where the
# pair is the only one of both that reaches it.
LINKED = """
CREATE TABLE said AS SELECT c.*, d.same FROM (
    SELECT managed, insured, NULL::INTEGER AS points, 'other_name' AS detail
    FROM by_id WHERE NOT agrees
    UNION ALL SELECT managed, insured, points, 'alike' FROM candidate
) c LEFT JOIN decided d USING (managed, insured);
CREATE TABLE reaching AS SELECT managed, insured,
    count(*) OVER (PARTITION BY managed) AS of_managed,
    count(*) OVER (PARTITION BY insured) AS of_insured
FROM said, asked
WHERE detail = 'alike' AND points >= score_min AND same IS DISTINCT FROM false;
CREATE TABLE linked AS
SELECT managed, insured, 'id' AS how FROM by_id WHERE agrees
UNION SELECT managed, insured, 'decided' FROM decided WHERE same
UNION SELECT managed, insured, 'score' FROM reaching
    WHERE of_managed = 1 AND of_insured = 1;
CREATE TABLE open_pair AS SELECT * FROM said s WHERE same IS NULL
AND NOT EXISTS (FROM linked l WHERE l.managed = s.managed)
AND NOT EXISTS (FROM linked l WHERE l.insured = s.insured);
"""
_BENEFITS = "list_concat(i.two_disease, i.chronic_outpatient)"
LISTS = f"""
CREATE TABLE cared AS SELECT l.insured AS no, flatten(list(m.diseases)) AS diseases
FROM linked l JOIN managed m ON m.no = l.managed GROUP BY l.insured;
CREATE TABLE enrol AS
SELECT l.managed, l.insured,
    CASE WHEN m.chronic_outpatient THEN 'chronic_outpatient' ELSE 'chronic' END AS detail,
    list_sort(list_filter(m.diseases, lambda d: list_contains(a.diseases, d)
        AND NOT list_contains(i.chronic_outpatient, d)
        AND (m.chronic_outpatient OR NOT list_contains(i.two_disease, d)))) AS diseases
FROM linked l JOIN managed m ON m.no = l.managed JOIN insured i ON i.no = l.insured, asked a
WHERE i.fits
AND (m.chronic_outpatient OR NOT (a.exclusive AND len(i.chronic_outpatient) > 0));
CREATE TABLE tell_health AS
SELECT NULL::BIGINT AS managed, i.no AS insured, '' AS detail,
    list_sort(list_distinct(list_filter({_BENEFITS}, lambda d:
        list_contains(a.diseases, d)
        AND NOT list_contains(coalesce(c.diseases, []), d)))) AS diseases
FROM insured i LEFT JOIN cared c USING (no), asked a
WHERE len({_BENEFITS}) > 0 AND i.no NOT IN (SELECT insured FROM open_pair);
CREATE TABLE verify AS
SELECT NULL::BIGINT AS managed, i.no AS insured, '' AS detail,
    list_sort(list_filter(i.diagnosed, lambda d: list_contains(a.diseases, d)
        AND NOT list_contains({_BENEFITS}, d)
        AND NOT list_contains(coalesce(c.diseases, []), d))) AS diseases
FROM insured i LEFT JOIN cared c USING (no), asked a
WHERE len(i.diagnosed) > 0 AND i.fits;
CREATE TABLE uninsured AS
SELECT m.no AS managed, NULL::BIGINT AS insured, '' AS detail, list_sort(m.diseases) AS diseases
FROM managed m ANTI JOIN linked l ON l.managed = m.no
ANTI JOIN open_pair o ON o.managed = m.no;
"""
FOUND = """
SELECT * FROM (
    SELECT 'enrol' AS list, managed, insured, diseases, detail, NULL::INTEGER AS points FROM enrol
    UNION ALL SELECT 'tell_health', managed, insured, diseases, detail, NULL FROM tell_health
    UNION ALL SELECT 'verify', managed, insured, diseases, detail, NULL FROM verify
    UNION ALL SELECT 'uninsured', managed, insured, diseases, detail, NULL FROM uninsured
    UNION ALL SELECT 'review', o.managed, o.insured, list_sort(m.diseases), o.detail, o.points
    FROM open_pair o JOIN managed m ON m.no = o.managed
) WHERE list = 'review' OR len(diseases) > 0 ORDER BY list, insured, managed
"""
COUNTS = """
SELECT 'managed', count(*) FROM managed
UNION ALL SELECT 'insured', count(*) FROM insured
UNION ALL SELECT how, count(*) FROM linked GROUP BY how
UNION ALL SELECT 'other_scheme', count(*) FROM linked l
    JOIN insured i ON i.no = l.insured WHERE NOT i.fits
UNION ALL SELECT 'entitled', count(*) FROM insured
    WHERE len(two_disease) + len(chronic_outpatient) > 0
"""
