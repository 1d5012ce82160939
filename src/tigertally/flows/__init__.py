"""The journeys: one file each, from a request that was understood to an answer that is true.

A journey is an object that is called. It orders the steps and owns the transaction; what is right
is decided in ``core``, how it is kept in ``storage``.
"""
