"""Alembic's revisions; run by ``schema.py``, never by Alembic's own command."""
