"""Lighthouse over the key list, the dialog and a key's page of a server of its own, signed in: `make lighthouse`.

Needs node (npx) and Chromium. Fails below the least scores, and where Lighthouse did not see the page asked for.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.support.servers import running  # noqa: E402 - the path is set first
from tests.support.tools import chromium  # noqa: E402

LIGHTHOUSE = "lighthouse@12.8.2"
LEAST = {"accessibility": 100, "best-practices": 100, "performance": 95}


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="kms-lighthouse-") as folder, running(Path(folder) / "data") as server:
        account = server.create_account("lighthouse")
        project = next(one["id"] for one in account["projects"] if one["region"] == "ap-southeast-3")
        keys = f"{server.url}/console/{project}/kms/keys"
        cookie, key_id = begin(server.url, account, keys)
        pages = {keys: "Keys", f"{keys}/create": "Create Key", f"{keys}/{key_id}": "orders"}
        results = [measure(address, title, cookie, Path(folder)) for address, title in pages.items()]
    return 0 if all(results) else 1


def begin(url: str, account: dict[str, object], keys: str) -> tuple[str, str]:
    """Sign in and make a key: the session's cookies, and the key's id."""
    with httpx.Client(base_url=url, follow_redirects=True) as browser:
        browser.get("/sign-in")
        user = account["user"]
        assert isinstance(user, dict)
        fields = {"account": "lighthouse", "user": user["name"], "password": user["password"]}
        browser.post("/sign-in", data={**fields, "csrfmiddlewaretoken": browser.cookies["csrf"]})
        form = {"alias": "orders", "key_spec": "AES_256", "key_usage": "ENCRYPT_DECRYPT", "enterprise_project": "0"}
        made = browser.post(f"{keys}/create", data={**form, "csrfmiddlewaretoken": browser.cookies["csrf"]})
        found = re.search(r'data-key="([0-9a-f-]{36})"', made.text)
        assert found is not None
        browser.get(f"{keys}/{found[1]}")  # the message of the creation is shown once, here
        return "; ".join(f"{name}={value}" for name, value in browser.cookies.items()), found[1]


def measure(address: str, title: str, cookie: str, folder: Path) -> bool:
    """Whether Lighthouse saw the page and found it good enough."""
    report, headers = folder / "report.json", folder / "headers.json"
    headers.write_text(json.dumps({"Cookie": f"{cookie}; timezone=UTC"}), encoding="utf-8")
    command = ["npx", "--yes", LIGHTHOUSE, address, "--quiet", "--preset=desktop", "--output=json"]
    command += [f"--output-path={report}", f"--extra-headers={headers}", f"--only-categories={','.join(LEAST)}"]
    command += ["--chrome-flags=--headless=new --no-sandbox --disable-dev-shm-usage"]
    subprocess.run(command, check=True, env={**os.environ, "CHROME_PATH": chromium() or "chromium"})
    found = json.loads(report.read_text(encoding="utf-8"))
    scores = {name: round(100 * found["categories"][name]["score"]) for name in LEAST}
    is_seen = found["finalDisplayedUrl"] == address
    is_good = is_seen and all(scores[name] >= least for name, least in LEAST.items())
    print(f"{title}: {scores}{'' if is_seen else ' NOT SEEN: ' + found['finalDisplayedUrl']}")
    for audit in found["audits"].values():
        if not is_good and audit.get("score") is not None and audit["score"] < 1:
            print(f"  {audit['id']}: {audit['score']} {audit.get('displayValue', '')}")
    return is_good


if __name__ == "__main__":
    sys.exit(main())
