"""Smart audit over millions of claim lines: each rule is one statement that DuckDB runs."""
