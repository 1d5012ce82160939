"""Ways to prove who one is, one file each. A proof opens a session, or makes one fresh.

:mod:`.proof` has what all of them yield. Who adds a way writes a file beside it: a step that checks
the credential, outside any transaction, and the proof that it returns.
"""
