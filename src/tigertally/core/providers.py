"""The ports to identity providers: one protocol for each thing that a provider can do.

Every act ends within five seconds. ProviderUnavailable says that one could not be carried out,
RateLimited and ProviderMisconfigured what the provider says of us. No text of an error, and no line
of a log, names a secret, a code, a token or a subject.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from tigertally.core.identities import AppToken, PhoneNumber, ProviderIdentity, Withdrawal
from tigertally.core.sessions import DeviceType
from tigertally.errors import InvalidRequest, NotFound
from tigertally.secret import Secret


class Provider(Protocol):
    """An identity provider: a service that says who somebody is."""

    @property
    def name(self) -> str:
        """What it is called in the contract, such as ``wechat-mini``."""
        ...

    @property
    def app_ids(self) -> Sequence[str]:
        """The configured apps. The first is the default."""
        ...

    @property
    def device_type(self) -> DeviceType | None:
        """The kind of client that its codes come from, where there is only one."""
        ...

    def exchange(self, code: Secret, *, app_id: str) -> ProviderIdentity:
        """Return the person that a code stands for. This may use the code up.

        Raises ProviderCodeInvalid or ProviderUserBlocked.
        """
        ...


class ProviderPage(Protocol):
    """A provider on whose page a browser signs in (OAuth 2.0, RFC 6749 §4.1)."""

    def authorize_url(self, *, app_id: str, state: str, return_url: str) -> str:
        """Return where to send the browser; it comes back to ``return_url``."""
        ...


class PhoneSource(Protocol):
    """A provider that returns phone numbers to apps with a token."""

    def fetch_token(self, app_id: str) -> AppToken:
        """Return a new access token of the app."""
        ...

    def phone_number(self, code: Secret, *, app_id: str, token: Secret) -> PhoneNumber | None:
        """Return the number for a code of the phone button; ``None`` if the token is refused.

        Raises ProviderCodeInvalid. A refused token does not spend the code.
        """
        ...


class PushSource(Protocol):
    """Reads messages that a platform pushes to us."""

    def check(self, app_id: str, query: Mapping[str, str], now: float) -> None:
        """Refuse messages that are forged or old (Forbidden). NotFound for an unknown app."""
        ...

    def read(
        self, app_id: str, query: Mapping[str, str], body: bytes, now: float
    ) -> Withdrawal | None:
        """Return what a checked message asks for, if anything. Raises as ``check``, InvalidRequest.

        A ``body`` is data of strangers until its signature was checked.
        """
        ...


@dataclass(frozen=True, slots=True)
class Providers:
    """The configured providers by name, with one table for each ability."""

    sign_in: Mapping[str, Provider] = field(default_factory=dict)
    pages: Mapping[str, ProviderPage] = field(default_factory=dict)
    phones: Mapping[str, PhoneSource] = field(default_factory=dict)
    pushes: Mapping[str, PushSource] = field(default_factory=dict)

    def provider(self, name: str) -> Provider:
        """Return a provider. Raises NotFound if it is not configured."""
        if name not in self.sign_in:
            raise NotFound(f"the provider {name} is not set up")
        return self.sign_in[name]

    def page(self, name: str) -> ProviderPage:
        """Return a provider's page. Raises NotFound if it has no page."""
        if name not in self.pages:
            raise NotFound(f"the provider {name} has no page of its own")
        return self.pages[name]

    def push(self, name: str) -> PushSource:
        """Return the reader of a platform's messages. Raises NotFound if it is not configured."""
        if name not in self.pushes:
            raise NotFound(f"messages of {name} are not set up")
        return self.pushes[name]

    def phone(self, name: str) -> PhoneSource:
        """Return the source of phone numbers. Raises NotFound if the provider has none."""
        if name not in self.phones:
            raise NotFound(f"the provider {name} tells no numbers")
        return self.phones[name]

    def app_id(self, name: str, wanted: str | None) -> str:
        """Return the requested app; without a name, the first.

        Raises NotFound, or InvalidRequest (``app_id``) for one that is not configured.
        """
        known = self.provider(name).app_ids
        if wanted is None:
            return known[0]
        if wanted not in known:
            raise InvalidRequest.at("app_id", "choice", choices=", ".join(known))
        return wanted
