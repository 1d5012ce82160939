"""Who takes part in the transcripts: each holds names of tokens, and carries them in one way."""

from dataclasses import dataclass, replace
from typing import Literal

from tests.http.callers import Json
from tests.vectors.recording import NAME, Recording, nonce_for

Carrier = Literal["the header", "cookies"]

ORIGIN = "http://localhost"
"""Where the service is called at."""

SIGN_IN_NONCE = "nonce-of-the-sign-in"
STRANGER = "nonce-of-a-stranger"


@dataclass(slots=True)
class Person:
    """A client, or a thief with a copy of what it holds."""

    tape: Recording
    carrier: Carrier
    access: str = ""
    refresh: str = ""
    csrf: str = ""
    ticket: str = ""
    session: str = ""
    generation: int = 0

    def copy(self) -> "Person":
        """Return another tab, or a thief, with what is held now."""
        return replace(self)

    def elsewhere(self, carrier: Carrier = "the header") -> "Person":
        """Sign the same account in on another device, and return that client."""
        other = Person(self.tape, carrier)
        other.login(device="Kitchen")
        return other

    def login(
        self,
        *,
        bound: bool = True,
        device: str = "Study",
        cookies: dict[str, str] | None = None,
        name: str = NAME,
    ) -> Json:
        """Sign in; a bound session by default."""
        body: Json = {"username": name, "password": "{password}", "device": {"name": device}}
        if self.carrier == "cookies":
            body["delivery"] = "cookie"
        headers = {"Tally-Nonce": SIGN_IN_NONCE} if bound else None
        told = self.tape.ask("POST", "/api/auth/login", headers=headers, cookies=cookies, body=body)
        return self.take(told)

    def renew(
        self,
        nonce: str | None = "",
        *,
        body: Json | None = None,
        cookies: dict[str, str] | None = None,
        **headers: str,
    ) -> Json:
        """Refresh; by default with the nonce that an honest client makes for what it holds."""
        proof = nonce_for(self.generation) if nonce == "" else nonce
        sent = self.proven(self.refresh) | ({"Tally-Nonce": proof} if proof else {})
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        held = self.jar() if cookies is None else cookies
        told = self.tape.ask(
            "POST",
            "/api/auth/refresh",
            headers={name: value for name, value in sent.items() if value},
            cookies=held,
            body=body,
        )
        return self.take(told)

    def me(self) -> Json:
        """Ask who one is."""
        headers = {} if self.carrier == "cookies" else {"Authorization": f"Bearer {self.access}"}
        cookies = {"tally_access": self.access} if self.carrier == "cookies" else {}
        return self.tape.ask("GET", "/api/me", headers=headers, cookies=cookies)

    def act(self, method: str, path: str, body: Json | None = None) -> Json:
        """Do something with the access token."""
        told = self.tape.ask(
            method, path, headers=self.proven(self.access), cookies=self.jar(), body=body
        )
        return self.take(told)

    def logout(self, half: Literal["access", "refresh"] = "access") -> Json:
        """Sign out with one of the halves; a browser sends both."""
        headers = self.proven(self.access if half == "access" else self.refresh)
        return self.tape.ask("DELETE", "/api/auth/logout", headers=headers, cookies=self.jar())

    def proven(self, token: str) -> dict[str, str]:
        """Return the headers by which a request is meant."""
        if self.carrier == "cookies":
            return {"X-CSRF-Token": self.csrf, "Origin": ORIGIN}
        return {"Authorization": f"Bearer {token}"}

    def jar(self) -> dict[str, str]:
        """Return the cookies held."""
        if self.carrier == "the header":
            return {}
        return {
            "tally_access": self.access,
            "tally_refresh": self.refresh,
            "tally_csrf": self.csrf,
        }

    def take(self, told: Json) -> Json:
        """Keep what an answer gives."""
        cookies = told.get("cookies", {})
        self.access = told.get("access_token") or cookies.get("tally_access") or self.access
        self.refresh = told.get("refresh_token") or cookies.get("tally_refresh") or self.refresh
        self.csrf = told.get("csrf_token", self.csrf)
        self.ticket = told.get("sign_out_ticket", self.ticket)
        self.session = told.get("session", self.session)
        self.generation = told.get("generation", self.generation)
        return told
