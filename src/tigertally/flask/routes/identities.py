"""Sign in through other services, and what of them is linked to an account."""

from flask import Response, jsonify, request

from tigertally.flask.answers import fresh_answer, identity_json, tokens_answer
from tigertally.flask.call import Call
from tigertally.flask.credentials import Carrier
from tigertally.flask.login_state import LIFETIME
from tigertally.flask.place import asked_address
from tigertally.flask.routes.account import NONCE
from tigertally.flask.this_browser import former_session
from tigertally.flows.link_identity import LinkIdentity, UnlinkIdentity
from tigertally.flows.read_phone_number import ReadPhoneNumber
from tigertally.flows.reauthenticate import ReauthenticateWithProvider
from tigertally.flows.sign_in_with_provider import SignInWithProvider
from tigertally.flows.steps.exchange_code import PresentedCode
from tigertally.secret import Secret


def list_providers(call: Call) -> Response:
    """Say which ways to sign in there are besides the password."""
    providers = call.services.outside.providers
    offers = [
        {"provider": name, "app_ids": list(provider.app_ids), "has_page": name in providers.pages}
        for name, provider in providers.sign_in.items()
    ]
    return jsonify({"providers": offers})


def start_provider_login(call: Call, provider: str) -> Response:
    """Send a browser to the provider's page, and remember that it was this one."""
    services = call.services
    app_id = services.outside.providers.app_id(provider, call.body.get("app_id"))
    page = services.outside.providers.page(provider)
    now = services.context.clock.now()
    state, cookie, until = services.login_states.begin(provider, app_id, now)
    return_url = services.return_url or f"{asked_address()}login/{provider}"
    url = page.authorize_url(app_id=app_id, state=state, return_url=return_url)
    response = jsonify({"authorize_url": url, "state": state, "expires_in": LIFETIME})
    services.cookies.set_login_state(response, cookie, until)
    return response


def login_with_provider(call: Call, provider: str) -> Response:
    """Open a session for whom the provider vouches for."""
    carrier = Carrier(call.body.get("delivery", "body"))
    former = None
    if carrier is Carrier.COOKIE:
        # A foreign page must not sign its visitor in to somebody else's account.
        call.services.csrf.check_origin()
        former = former_session(call.services)
    presented = _presented(call, provider)
    tally, created = SignInWithProvider(call.services.context, call.services.outside)(
        presented, device=call.device, nonce=request.headers.get(NONCE), former=former
    )
    remember = call.body.get("remember", False)
    return tokens_answer(call, tally, carrier=carrier, remember=remember, created=created)


def reauthenticate_with_provider(call: Call, provider: str) -> Response:
    """Prove again who it is through a provider, for a fresh access token."""
    prove = ReauthenticateWithProvider(call.services.context, call.services.outside)
    token, session = prove(call.actor, _presented(call, provider))
    return fresh_answer(call, token, session, remember=call.services.cookies.remembered())


def list_identities(call: Call) -> Response:
    """List the ways to sign in to this account."""
    unlink = UnlinkIdentity(call.services.context, call.services.outside)
    linked, has_password = unlink.list(call.actor)
    identities = [identity_json(one) for one in linked]
    return jsonify({"identities": identities, "has_password": has_password})


def link_identity(call: Call) -> Response:
    """Add a way to sign in to this account."""
    presented = _presented(call, call.body["provider"])
    identity = LinkIdentity(call.services.context, call.services.outside)(call.actor, presented)
    return jsonify({"message": call.notice(), "identity": identity_json(identity)})


def unlink_identity(call: Call, id: str) -> Response:  # noqa: A002 - the contract calls it that
    """Take a way to sign in from this account."""
    UnlinkIdentity(call.services.context, call.services.outside)(call.actor, id)
    return jsonify({"message": call.notice()})


def read_phone(call: Call) -> Response:
    """Answer the phone number that its owner agreed to give."""
    provider = call.body["provider"]
    app_id = call.services.outside.providers.app_id(provider, call.body.get("app_id"))
    presented = _code(call, provider, app_id)
    number = ReadPhoneNumber(call.services.context, call.services.outside)(call.actor, presented)
    return jsonify({"country_code": number.country_code, "number": number.number})


def _presented(call: Call, provider: str) -> PresentedCode:
    """Return the code of a request; one from a provider's page must be of this browser."""
    services = call.services
    app_id = services.outside.providers.app_id(provider, call.body.get("app_id"))
    if provider in services.outside.providers.pages:
        services.login_states.check(
            services.cookies.login_state(),
            provider=provider,
            app_id=app_id,
            state=call.body.get("state"),
            now=services.context.clock.unix(),
        )
    return _code(call, provider, app_id)


def _code(call: Call, provider: str, app_id: str) -> PresentedCode:
    return PresentedCode(provider, app_id, Secret(call.body["code"]), call.device)
