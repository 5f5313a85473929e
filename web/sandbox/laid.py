"""The tables of the sandbox platform's own books."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS person (
    person_no TEXT PRIMARY KEY, id_number TEXT NOT NULL, name TEXT NOT NULL,  -- both: identities.py
    scheme TEXT NOT NULL, area TEXT NOT NULL, active INTEGER NOT NULL,
    balance_fen INTEGER NOT NULL CHECK (balance_fen >= 0),
    cap_fen INTEGER, used_fen INTEGER NOT NULL CHECK (used_fen >= 0));
CREATE TABLE IF NOT EXISTS filing (
    person_no TEXT NOT NULL, code TEXT NOT NULL, name TEXT NOT NULL, begins TEXT NOT NULL,
    PRIMARY KEY (person_no, code));
CREATE TABLE IF NOT EXISTS bill (
    msgid TEXT PRIMARY KEY, mutual_aid_fen INTEGER NOT NULL,
    lines TEXT NOT NULL, asked TEXT NOT NULL, at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS pack (code TEXT PRIMARY KEY, number TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS told (
    id INTEGER PRIMARY KEY, infno TEXT NOT NULL, institution TEXT NOT NULL,
    input TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS file (no INTEGER PRIMARY KEY, institution TEXT, packed TEXT);
CREATE TABLE IF NOT EXISTS signed_in (
    institution TEXT, sign_no TEXT, PRIMARY KEY (institution, sign_no));
CREATE TABLE IF NOT EXISTS reference (no INTEGER PRIMARY KEY AUTOINCREMENT);
"""
