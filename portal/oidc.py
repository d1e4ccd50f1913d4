"""Signing in through an identity provider (OpenID Connect: FranceConnect and others), by settings, with Authlib."""

from dataclasses import dataclass
from typing import Any

from authlib.integrations.starlette_client import OAuth, OAuthError
from httpx2 import HTTPError, create_ssl_context
from joserfc.errors import JoseError
from starlette.requests import Request
from starlette.responses import Response

from rdv.settings import Settings
from rdv.terms import Refused


@dataclass(frozen=True, slots=True)
class Identity:
    """A person as a provider describes them; `email` only if the provider has verified it."""

    issuer: str
    subject: str
    email: str | None
    name: str


def client(settings: Settings) -> Any:
    """Return the client of the town's provider; None where none is set.

    Authlib makes an HTTP client for each of its requests. They share one TLS context, because reading the certificate
    authorities takes 30 ms, on the event loop.
    """
    if not settings.oidc_issuer:
        return None
    issuer = settings.oidc_issuer.rstrip("/")
    return OAuth().register(
        "town",
        client_id=settings.oidc_client,
        client_secret=settings.oidc_secret,
        server_metadata_url=f"{issuer}/.well-known/openid-configuration",
        client_kwargs={
            "scope": settings.oidc_scopes,
            "code_challenge_method": "S256",
            "verify": create_ssl_context(),
        },
    )


async def send(request: Request, provider: Any, settings: Settings) -> Response:
    """Send the browser to the provider. Raise Refused if it cannot be reached."""
    back = settings.portal_url.rstrip("/") + "/connexion/identite/retour"
    asked = {"acr_values": settings.oidc_acr} if settings.oidc_acr else {}
    try:
        answer: Response = await provider.authorize_redirect(request, back, **asked)
    except (HTTPError, OAuthError, ValueError) as problem:
        raise Refused("identity_refused", problem=type(problem).__name__) from problem
    return answer


async def receive(request: Request, provider: Any) -> Identity:
    """Return the person who comes back from the provider. Raise Refused for a denied person or a forged answer."""
    try:
        token = await provider.authorize_access_token(request)
        told = dict(token.get("userinfo") or {})
        if "email" not in told:
            told |= await provider.userinfo(token=token)
        issuer = str((await provider.load_server_metadata())["issuer"])
    except (HTTPError, OAuthError, JoseError, ValueError, KeyError) as problem:
        raise Refused("identity_refused", problem=getattr(problem, "error", "") or type(problem).__name__) from problem
    subject = told.get("sub")
    if not subject:
        raise Refused("identity_refused", problem="sub")
    names = [told.get("family_name", ""), told.get("given_name", "")]
    email = told.get("email") if told.get("email_verified") is True else None
    return Identity(issuer, str(subject), email, told.get("name") or " ".join(filter(None, names)))
