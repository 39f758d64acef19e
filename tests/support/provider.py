"""A real OpenID provider on this machine: `oidc-provider-mock` of PyPI, which signs, stores and checks as others do.

Between it and the server under test stands `Between`, which a test has change what the provider answers: ID tokens
signed anew by the provider's own key, say.
"""

import io
import json
import os
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit
from wsgiref.types import StartResponse, WSGIEnvironment

import authlib.deprecate  # noqa: F401 - it has its warnings shown always, from when it is imported
import httpx
import werkzeug.serving
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey
from werkzeug.test import run_wsgi_app

with warnings.catch_warnings():  # of its own imports
    warnings.simplefilter("ignore")
    from oidc_provider_mock import _app

os.environ.setdefault("AUTHLIB_INSECURE_TRANSPORT", "1")  # the provider's: it serves this machine by http
Change = Callable[[dict[str, Any]], dict[str, Any]]


class Between:
    """The provider's application, with the answers of its token endpoint changed as the test says."""

    def __init__(self) -> None:
        self.app: Any = _app.app()
        self.claims: Change | None = None
        self.key: RSAKey | OctKey | None = None
        self.algorithm = "RS256"
        self.asked: list[dict[str, list[str]]] = []
        self.metadata: dict[str, Any] = {}
        self.looked_at = 0

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Any:
        path = environ["PATH_INFO"]
        if path == "/oauth2/token":
            return self._token(environ, start)
        content, status, headers = run_wsgi_app(self.app, environ, buffered=True)
        body = b"".join(content)
        if path == "/.well-known/openid-configuration":
            self.looked_at += 1
            body = json.dumps({**json.loads(body), **self.metadata}).encode()
            headers["Content-Length"] = str(len(body))
        start(status, headers.to_wsgi_list())
        return [body]

    def _token(self, environ: WSGIEnvironment, start: StartResponse) -> Any:
        sent = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        self.asked.append(parse_qs(sent.decode()))
        environ["wsgi.input"] = io.BytesIO(sent)
        content, status, headers = run_wsgi_app(self.app, environ, buffered=True)
        answer = json.loads(b"".join(content))
        if "id_token" in answer and (self.claims or self.key or self.algorithm != "RS256"):
            answer["id_token"] = self._signed_anew(answer["id_token"])
        body = json.dumps(answer).encode()
        headers["Content-Length"] = str(len(body))
        start(status, headers.to_wsgi_list())
        return [body]

    def _signed_anew(self, id_token: str) -> str:
        own = self.key_of_provider()
        claims = jwt.decode(id_token, KeySet([own])).claims
        changed = self.claims(dict(claims)) if self.claims else dict(claims)
        header = {"alg": self.algorithm, "kid": own.kid}
        return jwt.encode(header, changed, self.key or own, algorithms=[self.algorithm])

    def key_of_provider(self) -> RSAKey:
        """The pair that the provider signs with."""
        with self.app.test_request_context():
            self.app.preprocess_request()
            return RSAKey.import_key(_app.storage.jwk.as_dict(is_private=True))


class _Silent(werkzeug.serving.WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        """Nothing."""


class Provider:
    """The provider as people and the server meet it."""

    def __init__(self, between: Between, port: int) -> None:
        self.between = between
        self.issuer = f"http://127.0.0.1:{port}"

    def know(self, subject: str, **claims: Any) -> None:
        """Have the provider know a person by these claims."""
        httpx.put(f"{self.issuer}/users/{subject}", json=claims).raise_for_status()

    def vouch(self, address: str, subject: str) -> str:
        """Sign in at the provider as `subject`, at the address that the server led to; where that leads back to."""
        answer = httpx.post(address, data={"sub": subject})
        assert answer.status_code == 302, answer.text
        return str(answer.headers["Location"])

    def as_before(self) -> None:
        """Change nothing any more."""
        self.between.claims = self.between.key = None
        self.between.algorithm, self.between.metadata = "RS256", {}
        self.between.asked.clear()


def query_of(address: str) -> dict[str, str]:
    """The query of an address, one value a name."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def now() -> int:
    return int(time.time())


@contextmanager
def provider() -> Iterator[Provider]:
    """A provider that answers, on a port of its own."""
    between = Between()
    server = werkzeug.serving.make_server("127.0.0.1", 0, between, threaded=True, request_handler=_Silent)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield Provider(between, server.server_port)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
