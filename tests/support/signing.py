"""Request signing, written anew from the contract (1.1), so that the product's own is checked by another."""

import hashlib
import hmac
from datetime import UTC, datetime
from urllib.parse import quote, unquote


def signed_headers(ak: str, sk: str, method: str, target: str, body: bytes, **headers: str) -> dict[str, str]:
    """The headers of a signed request for `target` (path and query as they travel)."""
    now = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    headers = {"content-type": "application/json", "host": "127.0.0.1:8000", "x-sdk-date": now, **headers}
    path, _, query = target.partition("?")
    canonical_path = "/".join(quote(part, safe="~") for part in unquote(path).split("/"))
    pairs = sorted(tuple(map(unquote, part.partition("=")[::2])) for part in query.split("&") if part)
    lines = [
        method,
        canonical_path if canonical_path.endswith("/") else f"{canonical_path}/",
        "&".join(f"{quote(key, safe='~')}={quote(value, safe='~')}" for key, value in pairs),
        *(f"{name}:{headers[name]}" for name in sorted(headers)),
        "",
        ";".join(sorted(headers)),
        hashlib.sha256(body).hexdigest(),
    ]
    to_sign = f"SDK-HMAC-SHA256\n{headers['x-sdk-date']}\n{hashlib.sha256(chr(10).join(lines).encode()).hexdigest()}"
    signature = hmac.new(sk.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
    scheme = f"SDK-HMAC-SHA256 Access={ak}, SignedHeaders={';'.join(sorted(headers))}, Signature={signature}"
    return {**headers, "authorization": scheme}
