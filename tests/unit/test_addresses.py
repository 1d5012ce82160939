"""By what network attempts from an address are counted."""

import pytest

from tigertally.core.addresses import counted_network


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("64:ff9b::192.0.2.7", "192.0.2.7"),
        ("2002:c000:207:9::1", "192.0.2.7"),
        ("2001:0:c000:201::3fff:fdf8", "192.0.2.7"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::1"),
        ("::1", "::1"),
        ("127.0.0.1", "127.0.0.1"),
        ("", None),
        (None, None),
        ("unix:", None),
        ("192.0.2.7:51234", None),
    ],
)
def test_attempts_are_counted_by_what_one_customer_has(
    address: str | None, network: str | None
) -> None:
    assert counted_network(address) == network
