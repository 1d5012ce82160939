"""SQL: one file per port, transactions in ``store.py``, engines' quirks in ``dialects.py``."""
