"""The contract: what travels on the wire, and every text, in three files; and their readers.

``openapi.yaml`` has the operations, ``errors.yaml`` the errors and texts, ``events.yaml`` the
history. Nothing else in the package says an address, a status, a limit or a sentence of its own.
"""
