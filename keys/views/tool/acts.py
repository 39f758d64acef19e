"""What the online tool does: each act calls the operation that the API calls, and tells its result by its own name."""

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from console.access.caller import Caller
from keys import operations
from keys.calls import Call
from keys.crypto.macs import mac_algorithm_of
from keys.models import Key
from keys.operations.data import data_key_length, header_of
from keys.operations.reading import KeyFilter
from keys.operations.signing import MessageType
from keys.specs import SYMMETRIC_DEFAULT
from keys.views.tool import forms

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Output:
    """Something that came out: its name, its bytes, and whether it is shown only when asked for."""

    title: Text
    content: bytes
    is_secret: bool = False

    @property
    def base64(self) -> str:
        return base64.b64encode(self.content).decode()

    @property
    def text(self) -> str | None:
        """The bytes as text, where they are some."""
        try:
            text = self.content.decode()
        except UnicodeDecodeError:
            return None
        return text if all(one.isprintable() or one in "\n\t" for one in text) else None

    @property
    def size(self) -> str:
        return ngettext("%(n)s byte", "%(n)s bytes", len(self.content)) % {"n": f"{len(self.content):,}"}


@dataclass(frozen=True, slots=True)
class Result:
    """What an act did, in a sentence; with which key, version (0: unknown) and algorithm; and what came out."""

    said: Text
    key: Key
    algorithm: str
    version: int = 0
    outputs: list[Output] = field(default_factory=list)
    is_good: bool = True


@dataclass(frozen=True, slots=True)
class Act:
    """`name` is its place in the address; `run` makes `call` with what the form holds."""

    name: str
    title: Text
    call: Call
    form: type[forms.ToolForm]
    run: Callable[[Caller, Key, Any], Result]


def _encrypt(caller: Caller, key: Key, given: dict[str, Any]) -> Result:
    algorithm = str(key.spec.encryption_algorithm)
    made = operations.encrypt_data(
        caller,
        key_id=key.pk,
        plaintext=given["plain_text"],
        algorithm=algorithm,
        additional_data=given["additional_authenticated_data"],
    )
    return Result(
        _("Encrypted."), key, algorithm, _version_in(made.ciphertext), [Output(_("Ciphertext"), made.ciphertext)]
    )


def _decrypt(caller: Caller, key: Key, given: dict[str, Any]) -> Result:
    algorithm = str(key.spec.encryption_algorithm)
    opened = operations.decrypt_data(
        caller,
        key_id=key.pk,
        ciphertext=given["cipher_text"],
        algorithm=algorithm,
        additional_data=given["additional_authenticated_data"],
    )
    plaintext = Output(_("Plaintext"), opened.plaintext, is_secret=True)
    return Result(_("Decrypted."), key, algorithm, _version_in(given["cipher_text"]), [plaintext])


def _re_encrypt(caller: Caller, key: Key, given: dict[str, Any]) -> Result:
    destination = _key_meant(caller, given["destination_key_id"])
    moved = operations.re_encrypt(
        caller,
        ciphertext=given["cipher_text"],
        source_key_id=key.pk,
        source_algorithm=str(key.spec.encryption_algorithm),
        source_additional_data=given["additional_authenticated_data"],
        destination_key_id=destination,
        destination_algorithm=_algorithm_of(caller, destination),
        destination_additional_data=given["destination_additional_data"],
        data_key_length=data_key_length(given["cipher_text"]),
    )
    said = _("Moved to key “%(alias)s”; the plaintext was shown to nobody.") % {"alias": moved.destination.alias}
    algorithm = str(moved.destination.spec.encryption_algorithm)
    new = Output(_("New ciphertext"), moved.ciphertext)
    return Result(said, moved.destination, algorithm, _version_in(moved.ciphertext), [new])


def _create_datakey(caller: Caller, key: Key, given: dict[str, Any]) -> Result:
    wish = {
        "key_id": key.pk,
        "length": given["datakey_length"],
        "additional_data": given["additional_authenticated_data"],
    }
    outputs = []
    if given["with_plaintext"]:
        made = operations.create_datakey(caller, **wish)
        ciphertext = made.ciphertext
        outputs.append(Output(_("Data key"), made.plaintext, is_secret=True))
    else:
        ciphertext = operations.create_datakey_without_plaintext(caller, **wish).ciphertext
    outputs.append(Output(_("Wrapped data key"), ciphertext))
    said = _("Made a data key. Keep its wrapped copy beside your data; nothing of it is kept here.")
    return Result(said, key, str(key.spec.encryption_algorithm), _version_in(ciphertext), outputs)


def _decrypt_datakey(caller: Caller, key: Key, given: dict[str, Any]) -> Result:
    opened = operations.decrypt_datakey(
        caller,
        key_id=key.pk,
        ciphertext=given["cipher_text"],
        additional_data=given["additional_authenticated_data"],
    )
    outputs = [Output(_("Data key"), opened.plaintext, is_secret=True)]
    version = _version_in(given["cipher_text"])
    return Result(_("Unwrapped the data key."), key, str(key.spec.encryption_algorithm), version, outputs)


def _sign(caller: Caller, key: Key, given: dict[str, Any]) -> Result:
    algorithm = given["signing_algorithm"]
    made = operations.sign(
        caller,
        key_id=key.pk,
        message=given["message"],
        algorithm=algorithm,
        message_type=MessageType(given["message_type"]),
    )
    return Result(_("Signed."), key, algorithm, _newest(key), [Output(_("Signature"), made.signature)])


def _verify(caller: Caller, key: Key, given: dict[str, Any]) -> Result:
    algorithm = given["signing_algorithm"]
    found = operations.verify_signature(
        caller,
        key_id=key.pk,
        message=given["message"],
        algorithm=algorithm,
        message_type=MessageType(given["message_type"]),
        signature=given["signature"],
    )
    said = _("The signature is this key's for this message.") if found.is_valid else _("The signature does not fit.")
    return Result(said, key, algorithm, _newest(key), is_good=found.is_valid)


def _generate_mac(caller: Caller, key: Key, given: dict[str, Any]) -> Result:
    algorithm = str(mac_algorithm_of(key.key_spec))
    made = operations.generate_mac(caller, key_id=key.pk, message=given["message"], algorithm=algorithm)
    return Result(_("Made the MAC."), key, algorithm, _newest(key), [Output("MAC", made.mac)])


def _verify_mac(caller: Caller, key: Key, given: dict[str, Any]) -> Result:
    algorithm = str(mac_algorithm_of(key.key_spec))
    found = operations.verify_mac(
        caller, key_id=key.pk, message=given["message"], algorithm=algorithm, mac=given["mac"]
    )
    said = _("The MAC is this key's for this message.") if found.is_valid else _("The MAC does not fit.")
    return Result(said, key, algorithm, _newest(key), is_good=found.is_valid)


ACTS = {
    one.name: one
    for one in (
        Act("encrypt", gettext_lazy("Encrypt"), Call.ENCRYPT_DATA, forms.EncryptForm, _encrypt),
        Act("decrypt", gettext_lazy("Decrypt"), Call.DECRYPT_DATA, forms.DecryptForm, _decrypt),
        Act("sign", gettext_lazy("Sign"), Call.SIGN, forms.SignForm, _sign),
        Act("verify", gettext_lazy("Verify"), Call.VERIFY_SIGNATURE, forms.VerifyForm, _verify),
        Act("generate-mac", gettext_lazy("Generate MAC"), Call.GENERATE_MAC, forms.MessageForm, _generate_mac),
        Act("verify-mac", gettext_lazy("Verify MAC"), Call.VERIFY_MAC, forms.VerifyMacForm, _verify_mac),
        Act("create-datakey", gettext_lazy("Data key"), Call.CREATE_DATAKEY, forms.DataKeyForm, _create_datakey),
        Act(
            "decrypt-datakey",
            gettext_lazy("Unwrap data key"),
            Call.DECRYPT_DATAKEY,
            forms.DecryptForm,
            _decrypt_datakey,
        ),
        Act("re-encrypt", gettext_lazy("Re-encrypt"), Call.RE_ENCRYPT, forms.ReEncryptForm, _re_encrypt),
    )
}


def _version_in(ciphertext: bytes) -> int:
    header = header_of(ciphertext)
    return header.key_version if header else 0


def _newest(key: Key) -> int:
    newest: int | None = key.versions.order_by("-number").values_list("number", flat=True).first()
    return newest or 0


def _key_meant(caller: Caller, typed: str) -> str:
    """The ID of the key of the project whose alias was typed; what was typed where there is none."""
    typed = typed.strip()
    found = operations.list_keys(caller, wanted=KeyFilter(words=typed)).keys
    return next((str(key.pk) for key in found if key.alias == typed), typed)


def _algorithm_of(caller: Caller, key_id: str) -> str:
    """How the key of this ID encrypts; the symmetric algorithm where it is not found: the operation says so."""
    found = operations.list_these(caller, [key_id])
    return str(found[0].spec.encryption_algorithm) if found else SYMMETRIC_DEFAULT
