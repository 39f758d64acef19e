"""What is typed into the online tool: data as text or Base64, and what goes with it. Fields have the wire's names."""

from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext_lazy

from console.views.pages import OperationForm
from keys.crypto.signing import algorithms_for
from keys.forms import decoded
from keys.models import Key
from keys.operations.signing import MessageType
from keys.specs import SYMMETRIC_DEFAULT
from keys.validators import validate_additional_data

TEXT, BASE64 = "text", "base64"
ENCODINGS = [(TEXT, gettext_lazy("Text (UTF-8)")), (BASE64, "Base64")]
LONGEST = 16_384
"""Characters of a field: what 4,096 bytes take as Base64 with line breaks, and text of which the domain says more."""


def area(label: Any) -> forms.CharField:
    """Several lines, taken as they were typed."""
    return forms.CharField(
        required=False,
        strip=False,
        label=label,
        widget=forms.Textarea,
        validators=[MaxLengthValidator(LONGEST, gettext_lazy("This is too long: 4,096 bytes are possible."))],
    )


def encoding_of(label: Any) -> forms.ChoiceField:
    """Whether data was typed as text, which it is by default, or as Base64."""
    return forms.ChoiceField(choices=ENCODINGS, label=label, initial=TEXT, required=False)


class ToolForm(OperationForm):
    """`content` is the data field, whose bytes are counted, as text or as Base64 by `encoding`; `encoded` are those
    that always take Base64."""

    field_order = ("plain_text", "message", "encoding", "cipher_text", "datakey_length")
    content = ""
    encoded: tuple[str, ...] = ()

    def __init__(self, key: Key, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.key = key

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        wanted = list(self.encoded)
        if self.content and given.get("encoding") == BASE64:
            wanted.append(self.content)
        for name in (self.content, *self.encoded):
            if name in given:
                try:
                    given[name] = decoded(given[name]) if name in wanted else as_sent(given[name])
                except forms.ValidationError as error:
                    self.add_error(name, error)
        return given


def as_sent(text: str) -> bytes:
    """The bytes of typed text; line breaks are those of the page, not of the form's encoding."""
    return text.replace("\r\n", "\n").encode()


def additional_data(label: Any) -> forms.CharField:
    """What a ciphertext is bound to."""
    return forms.CharField(
        required=False,
        strip=False,
        label=label,
        validators=[validate_additional_data],
        help_text=gettext_lazy("Not secret. Decrypting needs exactly the same. Up to 128 bytes."),
    )


class AdditionalDataForm(ToolForm):
    """Only ciphertexts of symmetric keys are bound to more than the key."""

    additional_authenticated_data = additional_data(gettext_lazy("Additional authenticated data"))

    def __init__(self, key: Key, *args: Any, **kwargs: Any) -> None:
        super().__init__(key, *args, **kwargs)
        if key.spec.encryption_algorithm != SYMMETRIC_DEFAULT:
            del self.fields["additional_authenticated_data"]

    def clean(self) -> dict[str, Any]:
        return {"additional_authenticated_data": ""} | super().clean()


class EncryptForm(AdditionalDataForm):
    content = "plain_text"
    plain_text = area(gettext_lazy("Plaintext"))
    encoding = encoding_of(gettext_lazy("Plaintext is"))


class DecryptForm(AdditionalDataForm):
    encoded = ("cipher_text",)
    cipher_text = area(gettext_lazy("Ciphertext (Base64)"))


class ReEncryptForm(AdditionalDataForm):
    encoded = ("cipher_text",)
    cipher_text = area(gettext_lazy("Ciphertext (Base64)"))
    destination_key_id = forms.CharField(
        required=False,
        label=gettext_lazy("Move to key"),
        help_text=gettext_lazy("The alias or ID of a key of this project."),
    )
    destination_additional_data = additional_data(gettext_lazy("Additional authenticated data from then on"))


class DataKeyForm(AdditionalDataForm):
    datakey_length = forms.IntegerField(
        label=gettext_lazy("Length in bits"),
        initial=256,
        min_value=0,
        help_text=gettext_lazy("A multiple of 8, up to 8192; 256 fits AES-256."),
    )
    with_plaintext = forms.BooleanField(required=False, label=gettext_lazy("Give me the data key itself too"))


class MessageForm(ToolForm):
    """A message or its digest, for signatures and MACs; `algorithm` is fixed where the key has but one."""

    content = "message"
    message = area(gettext_lazy("Message"))
    encoding = encoding_of(gettext_lazy("Message is"))


class SignForm(MessageForm):
    signing_algorithm = forms.ChoiceField(label=gettext_lazy("Algorithm"))
    message_type = forms.ChoiceField(
        label=gettext_lazy("Given is"),
        choices=[
            (MessageType.RAW.value, gettext_lazy("The message itself")),
            (MessageType.DIGEST.value, gettext_lazy("Its digest")),
        ],
    )

    def __init__(self, key: Key, *args: Any, **kwargs: Any) -> None:
        super().__init__(key, *args, **kwargs)
        algorithms = [(name, name) for name in algorithms_for(key.key_spec)]
        self.fields["signing_algorithm"].choices = algorithms  # type: ignore[attr-defined]


class VerifyForm(SignForm):
    encoded = ("signature",)
    signature = area(gettext_lazy("Signature (Base64)"))


class VerifyMacForm(MessageForm):
    encoded = ("mac",)
    mac = area(gettext_lazy("MAC (Base64)"))


class CiphertextForm(ToolForm):
    encoded = ("cipher_text",)
    cipher_text = area(gettext_lazy("Ciphertext (Base64)"))
