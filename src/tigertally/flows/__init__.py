"""The use cases (journeys), one file each: from a parsed request to a correct answer.

A journey is a callable object. It orders the steps and owns the transaction. ``core`` decides what
is allowed, ``storage`` how it is stored.
"""
