"""A bill of materials: all that the server runs on, in CycloneDX 1.6. `make sbom` and docs/deploy/bundle call it:
`python -m tests.supply.sbom REQUIREMENTS FILE`. The same packages and SOURCE_DATE_EPOCH give the same bytes."""

import hashlib
import os
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, XsUri
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import LicenseExpression
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL
from packaging.utils import canonicalize_name

from console import VERSION
from tests.supply.inside import INSIDE
from tests.supply.licences import licence_of
from tests.supply.pins import Pin, chosen, inventories, needed, requires


def bill(path: Path) -> str:
    """The bill of what a list of requirements installs here, as JSON.

    Raises LookupError where other versions than the list's are installed."""
    ours = Component(
        name="kms",
        version=VERSION,
        type=ComponentType.APPLICATION,
        description="Key Management Service",
        bom_ref="kms",
        licenses=[LicenseExpression("Apache-2.0")],
    )
    at = datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH") or datetime.now(UTC).timestamp()), UTC)
    serial = UUID(bytes=hashlib.sha256(f"{VERSION} {at}\n{path.read_text()}".encode()).digest()[:16], version=4)
    bom = Bom(metadata=BomMetaData(component=ours, timestamp=at), serial_number=serial)
    packages = {pin.name: _package(pin) for pin in needed(path)}
    bom.register_dependency(ours, [packages[canonicalize_name(one.name)] for one in chosen("server")])
    parts: dict[str, Component] = {}
    for pin in needed(path):
        own = [parts.setdefault(str(one.purl), one) for one in _parts(pin)]
        bom.register_dependency(packages[pin.name], [*(packages[name] for name in sorted(requires(pin))), *own])
    bom.components.update([*packages.values(), *parts.values()])
    return JsonV1Dot6(bom).output_as_string(indent=1) + "\n"


def _package(pin: Pin) -> Component:
    """A package, with the hashes of its files: one where it is of a bundle, of which any may be installed elsewhere."""
    files = ExternalReference(
        type=ExternalReferenceType.DISTRIBUTION,
        url=XsUri(pin.purl),
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=one) for one in pin.hashes],
    )
    return _component(pin.name, pin.version, pin.purl, licence_of(pin), [files])


def _parts(pin: Pin) -> Iterator[Component]:
    """What lies in the files of a package: as we found out, and as its wheel says."""
    for one in INSIDE:
        if one.within == pin.name:
            version = one.version()
            yield _component(one.name, version or None, one.purl + (f"@{version}" if version else ""), one.licence)
    for inventory in inventories(pin):
        for part in inventory.get("components", []):
            address = PackageURL.from_string(part["purl"])
            if address.type != "pypi" and not (address.name == "openssl" and address.type == "generic"):
                said = [one["expression"] for one in part.get("licenses", []) if "expression" in one]
                yield _component(part["name"], part.get("version"), part["purl"], *said[:1])


def _component(
    name: str, version: str | None, purl: str, licence: str | None = None, found: Iterable[ExternalReference] = ()
) -> Component:
    return Component(
        name=name,
        version=version,
        bom_ref=purl,
        purl=PackageURL.from_string(purl),
        licenses=[LicenseExpression(licence)] if licence else [],
        external_references=found,
    )


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(bill(Path(sys.argv[1])))
