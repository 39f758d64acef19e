"""Asks a vulnerability service about all that is pinned; `make audit` calls it: `audit.py LIST... -- [OPTION...]`, with
options of pip-audit.

It ends with 0 only where the service knew each package, and nothing against it; with 1 where something is known; with 2
where the answer is not whole, since to have asked nobody is no good news."""

import json
import subprocess
import sys
from pathlib import Path

FOUND, NOT_WHOLE = 1, 2
PIP_AUDIT = str(Path(sys.executable).with_name("pip-audit"))
ADVICE = """\
The audit is not whole. It asks PyPI, or OSV with AUDIT="--vulnerability-service osv"; --osv-url names a copy of OSV
that you run. pip-audit has no data of its own to go by without a network: carry the bill of materials (make sbom) to a
machine that has some, or have osv-scanner --offline look through it with a database that was brought along."""


def judge(answer: str, complaints: str) -> tuple[int, list[str]]:
    """Exit code and sentences for what pip-audit wrote about a list, in JSON, and to stderr."""
    try:
        packages = json.loads(answer)["dependencies"]
    except ValueError:
        reason = (complaints.strip().splitlines() or ["pip-audit said nothing"])[-1]
        return NOT_WHOLE, [f"Nobody answered: {reason}"]
    skipped = [one for one in packages if "skip_reason" in one]
    sentences = [
        f"{one['name']} {one['version']}: {flaw['id']}, fixed in {' or '.join(flaw['fix_versions']) or 'none yet'}"
        for one in packages
        for flaw in one.get("vulns", [])
    ]
    code = FOUND if sentences else NOT_WHOLE if skipped or not packages else 0
    if skipped:
        sentences.append(f"The service didn't know {len(skipped)} of {len(packages)}: {skipped[0]['skip_reason']}, …")
    return code, sentences or [f"Nothing is known against its {len(packages)} packages."]


def audit(path: str, options: list[str]) -> tuple[int, list[str]]:
    """What the service knows of a list."""
    command = [PIP_AUDIT, "--require-hashes", "--disable-pip", "--progress-spinner", "off", "--format", "json"]
    done = subprocess.run([*command, "--requirement", path, *options], capture_output=True, text=True, check=False)
    return judge(done.stdout, done.stderr)


def main(arguments: list[str]) -> int:
    """The worst of all lists."""
    border = arguments.index("--")
    codes = set()
    for path in arguments[:border]:
        code, sentences = audit(path, arguments[border + 1 :])
        codes.add(code)
        print(path, *sentences, sep="\n  ")
    if NOT_WHOLE in codes:
        print(ADVICE)
    return FOUND if FOUND in codes else max(codes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
