"""The edge (:mod:`tigertally.web`) on ASGI servers: uvicorn, hypercorn, Granian and others."""

from tigertally.asgi.adapter import AsgiAdapter

__all__ = ["AsgiAdapter"]
