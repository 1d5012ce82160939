"""Everything that can go wrong, as one tree.

A leaf carries a permanent ``code`` for programs and typed evidence; it knows nothing of HTTP. The
web edge finds status and text of a code in ``contract/errors.yaml``::

    TallyError
    ├── InvalidRequest        malformed_json, invalid_request
    ├── UnfitContent          payload_too_large, unsupported_media_type
    ├── NotAuthenticated      token_missing, token_invalid, token_expired, session_unknown,
    │   │                     invalid_credentials, provider_code_invalid, code_expired,
    │   │                     service_unknown
    │   ├── CodeInvalid       code_invalid
    │   └── SessionEnded      session_ended
    ├── NotAllowed            csrf_failed, fresh_token_required, forbidden, registration_closed,
    │   │                     password_change_required,
    │   │                     provider_user_blocked, identity_not_linked
    │   └── UserDisabled      user_disabled
    ├── NotFound              not_found
    ├── Conflict              refresh_stale, too_many_sessions, quota_exceeded, identity_taken,
    │   │                     last_way_to_sign_in, last_administrator, role_fixed, role_in_use,
    │   │                     feed_changed
    │   └── NameTaken         username_taken, email_taken
    ├── RateLimited           rate_limited
    ├── Unavailable           verifier_unavailable, upstream_unavailable
    │   └── Busy              busy
    ├── ProviderMisconfigured provider_misconfigured
    └── SetupError            never reaches a caller: the start stops, and says what to do
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from tigertally.errors.conflicts import Conflict as Conflict
from tigertally.errors.conflicts import EmailTaken as EmailTaken
from tigertally.errors.conflicts import FeedChanged as FeedChanged
from tigertally.errors.conflicts import IdentityTaken as IdentityTaken
from tigertally.errors.conflicts import LastAdministrator as LastAdministrator
from tigertally.errors.conflicts import LastWayToSignIn as LastWayToSignIn
from tigertally.errors.conflicts import NameTaken as NameTaken
from tigertally.errors.conflicts import QuotaExceeded as QuotaExceeded
from tigertally.errors.conflicts import RefreshStale as RefreshStale
from tigertally.errors.conflicts import RoleFixed as RoleFixed
from tigertally.errors.conflicts import RoleInUse as RoleInUse
from tigertally.errors.conflicts import TooManySessions as TooManySessions
from tigertally.errors.conflicts import UsernameTaken as UsernameTaken
from tigertally.errors.root import FieldProblem as FieldProblem
from tigertally.errors.root import SetupError as SetupError
from tigertally.errors.root import TallyError as TallyError


class InvalidRequest(TallyError):
    """What was sent cannot be accepted as it is."""

    code = "invalid_request"

    def __init__(self, fields: Mapping[str, Sequence[FieldProblem]]) -> None:
        super().__init__(f"invalid: {', '.join(sorted(fields))}")
        self.fields = fields

    @classmethod
    def at(cls, name: str, kind: str, **values: int | str) -> "InvalidRequest":
        """Build the error for one problem of one field."""
        return cls({name: (FieldProblem(kind, values),)})


class MalformedJson(InvalidRequest):
    """The body is not JSON."""

    code = "malformed_json"

    def __init__(self) -> None:
        super().__init__({})


class UnfitContent(TallyError):
    """The request has a size or a kind that is not accepted, whatever its content."""


class PayloadTooLarge(UnfitContent):
    """The body is too long."""

    code = "payload_too_large"


class UnsupportedMediaType(UnfitContent):
    """The kind of content is not accepted; ``fields`` names the part if there are several.

    Decided by the content type of a request, and by the very bytes of a picture.
    """

    code = "unsupported_media_type"

    def __init__(self, fields: Mapping[str, Sequence[FieldProblem]] | None = None) -> None:
        super().__init__()
        self.fields: Mapping[str, Sequence[FieldProblem]] = fields or {}


class NotAuthenticated(TallyError):
    """The caller has not shown who they are."""


class InvalidCredentials(NotAuthenticated):
    """Unknown name or wrong password; nobody outside may learn which."""

    code = "invalid_credentials"


class TokenMissing(NotAuthenticated):
    """No token was presented."""

    code = "token_missing"


class TokenInvalid(NotAuthenticated):
    """The token is not one of ours, or not for this purpose; the detail is for the log only."""

    code = "token_invalid"


class TokenExpired(NotAuthenticated):
    """The token is ours, but has expired."""

    code = "token_expired"


class SessionUnknown(NotAuthenticated):
    """The token is authentic, but no session stands behind it (as after a restored backup)."""

    code = "session_unknown"


class SessionEnded(NotAuthenticated):
    """The session has ended: why, when and by which device, so that the user can be told."""

    code = "session_ended"

    def __init__(
        self,
        reason: str,
        *,
        ended_at: datetime | None = None,
        by_device: str | None = None,
        by_ip: str | None = None,
    ) -> None:
        super().__init__(f"session ended: {reason}")
        self.reason = reason
        self.ended_at = ended_at
        self.by_device = by_device
        self.by_ip = by_ip


class ProviderCodeInvalid(NotAuthenticated):
    """The provider does not know the code, or not any more."""

    code = "provider_code_invalid"


class CodeInvalid(NotAuthenticated):
    """The code is wrong, used, or was never sent; nobody outside may learn which."""

    code = "code_invalid"

    def __init__(self, tries_left: int) -> None:
        super().__init__()
        self.tries_left = tries_left


class CodeExpired(NotAuthenticated):
    """The code is too old."""

    code = "code_expired"


class ServiceUnknown(NotAuthenticated):
    """No service has this key: it was exchanged, or the service was ended."""

    code = "service_unknown"


class NotAllowed(TallyError):
    """We know the caller, and the answer is no."""


class CsrfFailed(NotAllowed):
    """A cookie came without proof that our own page sent it."""

    code = "csrf_failed"


class FreshTokenRequired(NotAllowed):
    """A sensitive call needs an access token minted from credentials a short while ago."""

    code = "fresh_token_required"
    hint: str | None = "First call POST /api/auth/reauthenticate, and use the token it answers."


class Forbidden(NotAllowed):
    """The caller lacks the role."""

    code = "forbidden"


class PasswordChangeRequired(NotAllowed):
    """The password is right, and must be replaced; returned only after the correct password."""

    code = "password_change_required"


class RegistrationClosed(NotAllowed):
    """New accounts are made by an administrator only."""

    code = "registration_closed"


class UserDisabled(NotAllowed):
    """The account is disabled; returned only after the correct password."""

    code = "user_disabled"

    def __init__(self, until: datetime | None) -> None:
        super().__init__()
        self.until = until


class ProviderUserBlocked(NotAllowed):
    """The provider regards the user as a risk."""

    code = "provider_user_blocked"


class IdentityNotLinked(NotAllowed):
    """The provider named a person who does not sign in to this account."""

    code = "identity_not_linked"


class NotFound(TallyError):
    """There is no such thing, or it is not the caller's."""

    code = "not_found"


class RateLimited(TallyError):
    """Too many tries; ``retry_after`` says after how many seconds to try again.

    ``lock`` says what is locked until then, as the contract calls it; ``None`` for other limits.
    """

    code = "rate_limited"

    def __init__(self, retry_after: int, lock: str | None = None) -> None:
        super().__init__()
        self.retry_after = retry_after
        self.lock = lock


class Unavailable(TallyError):
    """The service cannot tell now. Never treat this as a yes."""


class VerifierUnavailable(Unavailable):
    """Evidence about ended sessions is too old, and the store cannot be asked."""

    code = "verifier_unavailable"


class StoreUnavailable(Unavailable):
    """The database did not answer in time; nothing was half-written.

    ``remedy`` says what its operator can do, where that is known.
    """

    code = "upstream_unavailable"

    def __init__(self, detail: str = "", *, remedy: str | None = None) -> None:
        super().__init__(detail)
        self.remedy = remedy


class ProviderUnavailable(Unavailable):
    """A provider was too slow, busy, or answered with nonsense."""

    code = "upstream_unavailable"


class Busy(Unavailable):
    """Too many requests wait for the same; this one was not started."""

    code = "busy"

    def __init__(self, detail: str = "", *, retry_after: int = 2) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class ProviderMisconfigured(TallyError):
    """A provider refuses what the operator has set; the detail is for the log only."""

    code = "provider_misconfigured"
