"""The HTTP edge: reads requests, calls journeys, writes answers. It contains no rules.

Requests and answers are plain values, so any framework can carry them: see the adapter in
:mod:`tigertally.flask`.
"""
