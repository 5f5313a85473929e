"""The public benchmark formats: read a file, make it a Problem, write and check the answer."""
