"""moto's server among the peers, which many test against: it checks no signature and keeps no trail."""

import base64
import json
import os
import shutil
from typing import Any

from tests.scale.peers import DIGEST, KEYS, PLAINTEXT, Call, Peer

SIGNING = {"Message": DIGEST, "MessageType": "DIGEST"}
CREDENTIAL = "Credential=AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/kms/aws4_request"


class Moto(Peer):
    """Its own `moto_server`, in memory."""

    name = "moto"
    binary = os.environ.get("MOTO") or shutil.which("moto_server")

    def begin(self) -> None:
        self.start([str(self.binary), "-H", "127.0.0.1", "-p", str(self.port)])
        self.symmetric = self.make(patience=60)
        self.rsa = {"KeyId": self.make(KeyUsage="SIGN_VERIFY", KeySpec="RSA_2048"), **SIGNING}
        self.rsa["SigningAlgorithm"] = "RSASSA_PKCS1_V1_5_SHA_256"
        self.curve = {"KeyId": self.make(KeyUsage="SIGN_VERIFY", KeySpec="ECC_NIST_P256"), **SIGNING}
        self.curve["SigningAlgorithm"] = "ECDSA_SHA_256"
        self.mac = self.make(KeyUsage="GENERATE_VERIFY_MAC", KeySpec="HMAC_256")
        for _ in range(KEYS - 4):
            self.make()
        self.plaintext = base64.b64encode(PLAINTEXT.encode()).decode()
        self.sealed = self.post("Encrypt", KeyId=self.symmetric, Plaintext=self.plaintext)["CiphertextBlob"]
        self.signed_by_curve = self.post("Sign", **self.curve)["Signature"]

    def make(self, *, patience: float = 0, **fields: Any) -> str:
        made: str = self.ask(self.call("CreateKey", **fields), patience=patience)["KeyMetadata"]["KeyId"]
        return made

    def post(self, target: str, **fields: Any) -> Any:
        return self.ask(self.call(target, **fields))

    def call(self, target: str, **fields: Any) -> Call:
        headers = {
            "X-Amz-Target": f"TrentService.{target}",
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Date": "20260101T000000Z",
            "Authorization": f"AWS4-HMAC-SHA256 {CREDENTIAL}, SignedHeaders=host, Signature={'0' * 64}",
        }
        return Call("POST", "/", headers, json.dumps(fields))

    def calls(self, work: str, number: int) -> list[Call]:
        known = {
            "encrypt 64 B": ("Encrypt", {"KeyId": self.symmetric, "Plaintext": self.plaintext}),
            "decrypt": ("Decrypt", {"KeyId": self.symmetric, "CiphertextBlob": self.sealed}),
            "data key": ("GenerateDataKey", {"KeyId": self.symmetric, "KeySpec": "AES_256"}),
            "sign RSA_2048": ("Sign", self.rsa),
            "sign EC_P256": ("Sign", self.curve),
            "verify EC_P256": ("Verify", {**self.curve, "Signature": self.signed_by_curve}),
            "HMAC_256": ("GenerateMac", {"KeyId": self.mac, "MacAlgorithm": "HMAC_SHA_256", "Message": DIGEST}),
            "describe": ("DescribeKey", {"KeyId": self.symmetric}),
            "list 100 keys": ("ListKeys", {"Limit": 100}),
            "create a key": ("CreateKey", {}),
        }
        if work not in known:
            return []
        target, fields = known[work]
        return [self.call(target, **fields)]
