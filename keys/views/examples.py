"""*Use this key*: the calls of the reference with the real endpoint, project and key filled in."""

from dataclasses import dataclass

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from console.requests import ConsoleRequest
from console.views.reference import examples_of_call
from keys.crypto.macs import mac_algorithm_of
from keys.crypto.signing import algorithms_for
from keys.models import Key, KeyState
from keys.specs import KeyUsage

WORDS = ("EC_KEY_ID", "MAC_KEY_ID", "KEY_ID")
"""What stands for the key in the examples of the reference, the longer ones first."""


@dataclass(frozen=True, slots=True)
class Example:
    """One way to use the key: `name` is its class, `help` what the text does."""

    name: str
    title: str
    help: str | Promise
    text: str


def examples_of(key: Key, request: ConsoleRequest) -> tuple[Example, ...]:
    """By the official SDK, by curl, and the environment that both read; none for keys that nobody can call."""
    if key.is_default or key.state == KeyState.PENDING_DELETION:
        return ()
    verb, told = _call(key)
    algorithm = next(iter(algorithms_for(key.key_spec)), mac_algorithm_of(key.key_spec))
    texts: dict[str, str] = {}
    for language, example in examples_of_call(f"/kms/{verb}", request.place.pk):
        text = example
        for word in WORDS:
            text = text.replace(word, str(key.pk))
        for word in ("ECDSA_SHA_256", "HMAC_SHA_256"):
            text = text.replace(f"{word}'", f"{algorithm}'").replace(f'{word}"', f'{algorithm}"')
        texts[language] = text
    environment = "\n".join(
        [
            f"export KMS_ENDPOINT={settings.PUBLIC_URL}",
            f"export KMS_PROJECT_ID={request.place.pk}",
            f"export KMS_KEY_ID={key.pk}",
            "export KMS_AK=",
            "export KMS_SK=",
        ]
    )
    return (
        Example("python", "Python", told, texts["Python"]),
        Example("curl", "curl", told, texts["curl"]),
        Example("environment", _("Environment"), _("Fill in an access key; the SDK example reads it"), environment),
    )


def _call(key: Key) -> tuple[str, str]:
    """The call that a key of this usage is for, and what it does."""
    if key.key_usage == KeyUsage.SIGN_VERIFY:
        return "sign", _("Sign a message")
    if key.key_usage == KeyUsage.GENERATE_VERIFY_MAC:
        return "generate-mac", _("Make the MAC of a message")
    if key.spec.is_asymmetric:
        return "get-publickey", _("Get the public key, and encrypt with it anywhere")
    return "create-datakey", _("Make a data key, encrypt your file with it, keep its wrapped copy beside the file")
