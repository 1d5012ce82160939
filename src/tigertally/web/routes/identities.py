"""Sign in through other services, and what of them is linked to an account."""

from tigertally.flows.link_identity import LinkIdentity, UnlinkIdentity
from tigertally.flows.outgoing import KINDS
from tigertally.flows.read_phone_number import ReadPhoneNumber
from tigertally.flows.reauthenticate import ReauthenticateWithProvider
from tigertally.flows.sign_in_with_provider import SignInWithProvider
from tigertally.flows.steps.exchange_code import PresentedCode
from tigertally.flows.verify_phone_number import VerifyPhoneNumber
from tigertally.secret import Secret
from tigertally.web.answers import contact_json, fresh_answer, identity_json, tokens_answer
from tigertally.web.call import Call
from tigertally.web.carriers import Carrier
from tigertally.web.login_state import LIFETIME
from tigertally.web.place import asked_address
from tigertally.web.routes.account import NONCE
from tigertally.web.this_browser import former_session
from tigertally.web.values import Answer, json_answer


def list_providers(call: Call) -> Answer:
    """List the ways to sign in besides the password: providers, and what codes are sent by."""
    providers = call.services.outside.providers
    offers = [
        {"provider": name, "app_ids": list(provider.app_ids), "has_page": name in providers.pages}
        for name, provider in providers.sign_in.items()
    ]
    senders = call.services.outgoing.senders
    codes = [contact.value for contact, kind in KINDS.items() if kind in senders]
    return json_answer({"providers": offers, "codes": codes})


def start_provider_login(call: Call, provider: str) -> Answer:
    """Send a browser to the provider's page, and remember that it was this one."""
    services = call.services
    app_id = services.outside.providers.app_id(provider, call.body.get("app_id"))
    page = services.outside.providers.page(provider)
    now = services.context.clock.now()
    state, cookie, until = services.login_states.begin(provider, app_id, now)
    return_url = (
        services.return_urls.get(provider) or f"{asked_address(call.request)}login/{provider}"
    )
    url = page.authorize_url(app_id=app_id, state=state, return_url=return_url)
    answer = json_answer({"authorize_url": url, "state": state, "expires_in": LIFETIME})
    call.cookies.set_login_state(answer, cookie, until)
    return answer


def login_with_provider(call: Call, provider: str) -> Answer:
    """Open a session for a user that a provider identified."""
    carrier = Carrier(call.body.get("delivery", "body"))
    former = former_session(call.services, call.cookies) if carrier is Carrier.COOKIE else None
    presented = _presented(call, provider)
    tally = SignInWithProvider(call.services.context, call.services.outside)(
        presented, nonce=call.request.headers.get(NONCE), former=former
    )
    remember = call.body.get("remember", False)
    return tokens_answer(call, tally, carrier=carrier, remember=remember, created=tally.created)


def reauthenticate_with_provider(call: Call, provider: str) -> Answer:
    """Prove again who it is through a provider, for a fresh access token."""
    prove = ReauthenticateWithProvider(call.services.context, call.services.outside)
    token, session = prove(call.actor, _presented(call, provider))
    return fresh_answer(call, token, session, remember=call.cookies.remembered())


def list_identities(call: Call) -> Answer:
    """List the ways to sign in to this account."""
    unlink = UnlinkIdentity(call.services.context, call.services.outside)
    linked, has_password = unlink.list(call.actor)
    identities = [identity_json(one) for one in linked]
    return json_answer({"identities": identities, "has_password": has_password})


def link_identity(call: Call) -> Answer:
    """Add a way to sign in to this account."""
    presented = _presented(call, call.body["provider"])
    identity = LinkIdentity(call.services.context, call.services.outside)(call.actor, presented)
    return json_answer({"message": call.notice(), "identity": identity_json(identity)})


def unlink_identity(call: Call, id: str) -> Answer:  # noqa: A002 - the contract calls it that
    """Take a way to sign in from this account."""
    UnlinkIdentity(call.services.context, call.services.outside)(call.actor, id)
    return json_answer({"message": call.notice()})


def read_phone(call: Call) -> Answer:
    """Answer the phone number that its owner agreed to give."""
    read = ReadPhoneNumber(call.services.context, call.services.outside)
    number = read(call.actor, _phone_code(call))
    return json_answer({"country_code": number.country_code, "number": number.number})


def verify_phone(call: Call) -> Answer:
    """Make the phone number that its owner agreed to give a verified contact."""
    verify = VerifyPhoneNumber(call.services.context, call.services.outside)
    contact = verify(call.actor, _phone_code(call))
    return json_answer({"message": call.notice(), "contact": contact_json(contact)})


def _phone_code(call: Call) -> PresentedCode:
    provider = call.body["provider"]
    app_id = call.services.outside.providers.app_id(provider, call.body.get("app_id"))
    return _code(call, provider, app_id)


def _presented(call: Call, provider: str) -> PresentedCode:
    """Return the code of a request; one from a provider's page must be of this browser."""
    services = call.services
    app_id = services.outside.providers.app_id(provider, call.body.get("app_id"))
    if provider in services.outside.providers.pages:
        services.login_states.check(
            call.cookies.login_state(),
            provider=provider,
            app_id=app_id,
            state=call.body.get("state"),
            now=services.context.clock.unix(),
        )
    return _code(call, provider, app_id)


def _code(call: Call, provider: str, app_id: str) -> PresentedCode:
    return PresentedCode(provider, app_id, Secret(call.body["code"]), call.device)
