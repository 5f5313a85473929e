"""The database that one test leaves to the next."""

import psycopg

TABLES = """
CREATE TABLE person (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
CREATE TABLE claim (person_id BIGINT NOT NULL REFERENCES person (id));
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN RAISE 'only ever added to'; END $$;
CREATE TRIGGER kept BEFORE DELETE ON claim EXECUTE FUNCTION refuse();
INSERT INTO person DEFAULT VALUES;
INSERT INTO claim SELECT id FROM person;
"""


def test_the_next_test_finds_it_empty_whatever_the_last_one_left(postgres_server):
    postgres_server.create("leftover")
    where = f"host={postgres_server.folder} user=postgres dbname=leftover"
    with psycopg.connect(where, autocommit=True) as connection:
        connection.execute(TABLES)
    forgotten = psycopg.connect(where)
    forgotten.execute("LOCK TABLE claim")
    postgres_server.empty("leftover")
    forgotten.close()
    with psycopg.connect(where, autocommit=True) as connection:
        new = connection.execute("INSERT INTO person DEFAULT VALUES RETURNING id")
        assert new.fetchone() == (1,)
        left = connection.execute("SELECT count(*) FROM claim")
        assert left.fetchone() == (0,)
