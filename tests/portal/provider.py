"""An identity provider on this machine: OpenID Connect as far as a code, an id token and a userinfo go."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT = "rdv"


@dataclass
class Provider:
    """Who signs in there, and what it says of the person."""

    url: str = ""
    person: dict[str, Any] = field(default_factory=lambda: {"sub": "42"})
    nonce: str = ""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))
    signs_with: RSAKey | None = None
    now: int = 0
    asked: dict[str, list[str]] = field(default_factory=dict)

    def authorize(self, location: str) -> tuple[str, str]:
        """What the person's browser is sent back with: the code and the state."""
        asked = parse_qs(urlsplit(location).query)
        self.nonce = asked["nonce"][0]
        return "the-code", asked["state"][0]

    def answer(self, path: str, body: str) -> dict[str, Any] | None:
        """What each address says."""
        match path:
            case "/.well-known/openid-configuration":
                return {
                    "issuer": self.url, "authorization_endpoint": f"{self.url}/authorize",
                    "token_endpoint": f"{self.url}/token", "userinfo_endpoint": f"{self.url}/userinfo",
                    "jwks_uri": f"{self.url}/jwks", "id_token_signing_alg_values_supported": ["RS256"],
                }  # fmt: skip
            case "/jwks":
                return {"keys": [self.key.as_dict(private=False) | {"alg": "RS256", "use": "sig"}]}
            case "/token":
                self.asked = parse_qs(body)
                claims = {"iss": self.url, "aud": CLIENT, "sub": self.person["sub"], "nonce": self.nonce,
                          "iat": self.now, "exp": self.now + 600}  # fmt: skip
                signed = jwt.encode({"alg": "RS256", "kid": "one"}, claims, self.signs_with or self.key)
                return {"access_token": "a", "token_type": "Bearer", "id_token": signed, "expires_in": 600}
            case "/userinfo":
                return self.person
        return None


@contextmanager
def serving(provider: Provider) -> Iterator[Provider]:
    """The provider, listening on a port of its own."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._serve("")

        def do_POST(self) -> None:
            self._serve(self.rfile.read(int(self.headers["content-length"])).decode())

        def _serve(self, body: str) -> None:
            told = provider.answer(self.path, body)
            self.send_response(404 if told is None else 200)
            self.send_header("content-type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(told).encode())

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
