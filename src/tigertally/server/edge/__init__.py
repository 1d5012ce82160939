"""The edge of ``tigertally serve``: requests are read whole before any thread is taken.

Each worker process has one event loop. It reads heads and bodies, bounded in size and time, answers
``/healthz`` by itself, and hands whole requests to the threads of their lane, which run the
application (WSGI). A caller that is slow, silent or malicious costs a socket and no thread.

``TigerTally(app)`` needs none of this: an embedder's application runs under any WSGI server.
"""
