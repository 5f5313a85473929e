"""How the tables came to be what they are: one revision after another, never changed."""
