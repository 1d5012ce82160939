"""How long a provider that fails is waited for."""

from collections.abc import Callable, Iterable

import pytest
from tests.waiting import PATIENCE

from tigertally.core.identities import ProviderIdentity
from tigertally.testing.wechat import Fault

Exchange = Callable[[str], ProviderIdentity]

SHORT = 0.6
"""Seconds that are given to a provider that does not answer; in service it is five. Whoever
answers has ``PATIENCE``, for this machine may be busy."""

HANGS = {Fault.SLOW, Fault.DRIP, Fault.DRIP_HEAD}
"""A drip is a whole answer after some seconds, and would be taken; the slow one hangs up last."""

ALTERED = ("openid-", "unionid-", "errcode-", "token-", "phone-")
BROKEN = [fault for fault in Fault if not fault.value.startswith(ALTERED)]


def with_each(faults: Iterable[Fault]) -> pytest.MarkDecorator:
    """Run a test with each fault, and with no more patience than it needs."""
    cases = [(fault, SHORT if fault in HANGS else PATIENCE) for fault in faults]
    ids = [fault.value for fault, _ in cases]
    return pytest.mark.parametrize(("fault", "upstream"), cases, ids=ids, indirect=["upstream"])


impatient = pytest.mark.parametrize("upstream", [SHORT], indirect=True, ids=["impatient"])
