"""Ways to prove who a user is, one file each. A proof opens a session, or makes one fresh.

:mod:`.proof` has what all of them yield. To add a way, write a file beside it: a step that checks
the credential, outside any transaction, and the proof that it returns.
"""
