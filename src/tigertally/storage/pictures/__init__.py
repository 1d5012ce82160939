"""Encodes pictures again from their pixels, each in a process of its own (``processes.py``)."""
