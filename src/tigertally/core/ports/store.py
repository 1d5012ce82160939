"""A store, and one transaction in it."""

from contextlib import AbstractContextManager
from typing import Protocol

from tigertally.core.ports.challenges import Challenges, Contacts, Messages
from tigertally.core.ports.directory import Directory
from tigertally.core.ports.events import Events
from tigertally.core.ports.files import Files
from tigertally.core.ports.identities import AppTokens, Identities, SignInCodes
from tigertally.core.ports.keys import Keys
from tigertally.core.ports.limits import Lockouts
from tigertally.core.ports.roles import Roles
from tigertally.core.ports.sessions import ServiceRecords, Sessions
from tigertally.core.ports.statistics import Statistics
from tigertally.core.ports.users import Users


class Transaction(Protocol):
    """All tables, within one transaction."""

    @property
    def users(self) -> Users:
        """The accounts."""
        ...

    @property
    def directory(self) -> Directory:
        """Lists of all accounts and sessions."""
        ...

    @property
    def sessions(self) -> Sessions:
        """The session rows."""
        ...

    @property
    def events(self) -> Events:
        """The log."""
        ...

    @property
    def statistics(self) -> Statistics:
        """Figures for an overview."""
        ...

    @property
    def files(self) -> Files:
        """The rows of files."""
        ...

    @property
    def keys(self) -> Keys:
        """The signing keys."""
        ...

    @property
    def roles(self) -> Roles:
        """Roles, and who has them."""
        ...

    @property
    def identities(self) -> Identities:
        """Who signs in through providers."""
        ...

    @property
    def sign_in_codes(self) -> SignInCodes:
        """Codes of providers."""
        ...

    @property
    def lockouts(self) -> Lockouts:
        """Locks for people to see."""
        ...

    @property
    def app_tokens(self) -> AppTokens:
        """Tokens of our apps at providers."""
        ...

    @property
    def challenges(self) -> Challenges:
        """One-time codes that we sent."""
        ...

    @property
    def contacts(self) -> Contacts:
        """Addresses and numbers of accounts."""
        ...

    @property
    def messages(self) -> Messages:
        """Messages to be sent."""
        ...

    @property
    def services(self) -> ServiceRecords:
        """Other services that verify our tokens."""
        ...


class Store(Protocol):
    """Where everything is kept."""

    def reading(self) -> AbstractContextManager[Transaction]:
        """Open a view for reading; nothing in it may write."""
        ...

    def writing(self) -> AbstractContextManager[Transaction]:
        """Open a transaction; when the block is left it is durable, or undone by an exception."""
        ...
