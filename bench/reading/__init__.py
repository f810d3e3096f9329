"""How fast millions of requests are read: ``python -m bench.reading``."""
