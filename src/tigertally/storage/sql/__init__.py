"""SQL: one file per port, transactions in ``store.py``, engines' differences in ``dialects/``."""
