"""The plain ORM twin of the hot path, and the test that holds the two together."""
