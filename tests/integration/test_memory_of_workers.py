"""How much memory a worker takes before anybody has asked it for anything."""

import psutil
from tests.integration.service import Service

RESIDENT_MAX = 90_000_000
"""Bytes; docs/decisions.md says what takes them. Some 76 million are measured."""


def test_a_worker_holds_what_it_needs_and_no_more(service: Service) -> None:
    resident = {pid: psutil.Process(pid).memory_info().rss for pid in service.worker_pids()}
    assert resident
    assert max(resident.values()) <= RESIDENT_MAX, resident
