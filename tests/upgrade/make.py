"""Makes `tests/upgrade/<version>` by the program as it is: an installation with one of everything, and what is known
of it.

Each release adds its own: `.venv/bin/python tests/upgrade/make.py`. Its keys and passwords protect nothing.
"""

import base64
import json
import shutil
import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from console import VERSION  # noqa: E402
from tests.support.sdk import Sdk  # noqa: E402
from tests.support.servers import Server, running  # noqa: E402

PLAINTEXT = "what was sealed then opens now"
MESSAGE = base64.b64encode(b"pay 100 to alice").decode()
SIGNATURES = {"RSA_2048": "RSASSA_PSS_SHA_256", "EC_P256": "ECDSA_SHA_256", "EC_P384": "ECDSA_SHA_384"}
MACS = {"HMAC_256": "HMAC_SHA_256", "HMAC_SM3": "HMAC_SM3"}
NOT_KEPT = "DELETE FROM django_session; DELETE FROM console_token; DELETE FROM console_temporaryaccesskey; VACUUM"


def main() -> None:
    kept = ROOT / "tests" / "upgrade" / VERSION
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir()
    with tempfile.TemporaryDirectory(prefix="kms-upgrade-") as folder:
        data = Path(folder) / "data"
        (Path(folder) / "password").write_text("the first password of admin")
        with running(data, ADMIN_PASSWORD_FILE=f"{folder}/password") as server:
            known = lived_in(server)
        known["root_key"] = (data / "root.key").read_text().strip()
        with closing(sqlite3.connect(data / "kms.sqlite3", isolation_level=None)) as database:
            database.executescript(NOT_KEPT)
            (kept / "kms.sql").write_text("\n".join(database.iterdump()) + "\n")
        shutil.copytree(data / "trail", kept / "trail")
    (kept / "known.json").write_text(json.dumps(known, indent=1) + "\n")


def lived_in(server: Server) -> dict[str, Any]:
    """Use a server as people do; what is to be the same for ever."""
    account = server.create_account("northwind", enterprise=True)
    sdk = Sdk(server, account)
    ids = {spec: sdk.new_key(spec, key_alias=spec) for spec in ("AES_256", "SM4", *SIGNATURES, *MACS)}
    sealed = {spec: sdk.encrypt_data(key_id=ids[spec], plain_text=PLAINTEXT).cipher_text for spec in ("AES_256", "SM4")}
    sdk.rotate_on_demand(key_id=ids["AES_256"])
    sealed["AES_256 version 2"] = sdk.encrypt_data(key_id=ids["AES_256"], plain_text=PLAINTEXT).cipher_text
    sdk.enable_key_rotation(key_id=ids["AES_256"])
    sdk.create_alias(key_id=ids["AES_256"], alias="alias/orders")
    sdk.create_kms_tag(key_id=ids["AES_256"], tag={"key": "team", "value": "payments"})
    sdk.create_grant(key_id=ids["AES_256"], grantee_principal=account["user"]["id"], operations=["decrypt-data"])
    deleted, disabled = sdk.new_key(key_alias="deleted"), sdk.new_key(key_alias="disabled")
    sdk.delete_key(key_id=deleted, pending_days="1096")
    sdk.disable_key(key_id=disabled)
    data_key = sdk.create_datakey(key_id=ids["AES_256"])
    signed = [
        {"key_id": ids[spec], "message": MESSAGE, "signing_algorithm": algorithm, "message_type": "RAW"}
        for spec, algorithm in SIGNATURES.items()
    ]
    macs = [{"key_id": ids[spec], "message": MESSAGE, "mac_algorithm": algorithm} for spec, algorithm in MACS.items()]
    return {
        "account": account,
        "region": account["projects"][0]["region"],
        "keys": ids,
        "plaintext": PLAINTEXT,
        "sealed": sealed,
        "signed": [{**fields, "signature": sdk.sign(**fields).signature} for fields in signed],
        "macs": [{**fields, "mac": sdk.generate_mac(**fields).mac} for fields in macs],
        "data_key": {
            "data_key": data_key.plain_text,
            "fields": {"key_id": ids["AES_256"], "cipher_text": data_key.cipher_text, "datakey_cipher_length": "32"},
        },
        "aliases": sorted(one.key_alias for one in sdk.list_keys(key_spec="ALL").key_details),
    }


if __name__ == "__main__":
    main()
