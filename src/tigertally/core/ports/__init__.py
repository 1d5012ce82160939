"""The ports to storage (to other services: ``core/providers.py``).

Ports are atomic acts of the domain, not create-read-update-delete. All that happens between
entering and leaving :meth:`Store.writing` happens or does not happen as a whole, durably, before
the block is left; an exception undoes it. Acts in one block see each other; two blocks never
interleave in a way that a serial order could not explain. Every act is told the time: a store never
looks at a clock, and never relies on its own expiry. All acts raise StoreUnavailable where the
store does not answer in time.
"""
