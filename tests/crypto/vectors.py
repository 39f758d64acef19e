"""Published vectors: Wycheproof (C2SP, Apache-2.0, in the folder beside this file) and NIST's, from the library."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cryptography_vectors

Case = dict[str, Any]

BYTE_FIELDS = {"key", "iv", "aad", "msg", "ct", "tag", "ikm", "salt", "info", "okm", "sig", "label"}


def wycheproof(name: str) -> Iterator[Case]:
    """Each case of a file with what its group says, and its hex fields as bytes."""
    groups = json.loads((Path(__file__).parent / "wycheproof" / f"{name}_test.json").read_text())["testGroups"]
    for group in groups:
        shared = {key: value for key, value in group.items() if key != "tests"}
        for case in group["tests"]:
            case |= {field: bytes.fromhex(case[field]) for field in case.keys() & BYTE_FIELDS}
            yield {**shared, **case}


def nist(path: str) -> Iterator[Case]:
    """Each case of a CAVS file (`name = value` lines between blank lines), with what stands above it in brackets or
    applies to all that follows."""
    with cryptography_vectors.open_vector_file(path, "r") as file:
        text = file.read()
    above: Case = {}
    for block in re.split(r"\n\s*\n", text):
        heading = re.findall(r"^\[(.+)\]$", block, re.MULTILINE)
        if heading:
            above = {"heading": heading[-1]}
        fields = dict(re.findall(r"^(\w+) *= *(.*?)\s*$", block, re.MULTILINE))
        if "Result" in fields:
            yield {**above, **fields}
        else:
            above |= fields


def case_name(case: Case) -> str:
    return f"{case['tcId']}-{case['result']}"
