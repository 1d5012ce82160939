"""Which operations an application has, and at which addresses.

The contract names every address below ``/api``. An application that embeds the product may have
them elsewhere, and only some of them.
"""

from dataclasses import dataclass
from typing import Final, get_args

from tigertally.contract.http import Operation, Part

API: Final = "/api"
"""Where the contract has its operations."""

CONTINUE: Final = "/auth/continue"
"""Below the API, where the refresh cookie is sent: pages of an application renew tokens there."""

PAGES: Final = "pages"
"""The part that is no operation: the web application."""

PARTS: Final[frozenset[str]] = frozenset(get_args(Part))
"""All parts that have operations."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """The operations of one application."""

    api: str = API
    """In place of ``/api``, without a slash at its end."""
    parts: frozenset[str] = PARTS
    without: frozenset[str] = frozenset()
    """Operations of those parts that are left out all the same, by their id."""
    continues: bool = False
    """Whether the application has pages whose tokens are renewed at ``CONTINUE``."""

    @property
    def has_accounts(self) -> bool:
        """Whether people register accounts of ours."""
        return "accounts" in self.parts and "register" not in self.without

    @property
    def pages(self) -> str:
        """Where the web application lies: it expects the API below itself, at ``/api``."""
        return self.api.removesuffix(API)

    def has(self, operation: Operation) -> bool:
        """Tell whether the application has this operation."""
        return operation.part in self.parts and operation.operation_id not in self.without

    def of(self, operation: Operation) -> str:
        """Return the address of an operation, with its parameters in braces."""
        return self.spoken(operation.path)

    def rule(self, operation: Operation) -> str:
        """Return it in werkzeug's spelling: ``/sessions/{id}`` is ``/sessions/<id>``."""
        return self.of(operation).replace("{", "<").replace("}", ">")

    def spoken(self, text: str) -> str:
        """Return a text of ours that names addresses of the contract, with those that count."""
        return text if self.api == API else text.replace(f"{API}/", f"{self.api}/")
