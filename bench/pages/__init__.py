"""How fast the pages of a team with a million requests are made: ``python -m bench.pages``."""
