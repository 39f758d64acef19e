"""The messages of Kubernetes KMS v2 (`v2.KeyManagementService` of k8s.io/kms/apis/v2), built when the program starts.

Source: the published api.proto. Names, numbers and types alone decide what travels, so no code is generated from it.
"""

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

PACKAGE = "v2"
SERVICE = f"{PACKAGE}.KeyManagementService"
_ANNOTATIONS = "map<string, bytes>"
_FIELDS = {
    "StatusRequest": (),
    "StatusResponse": (("version", "string"), ("healthz", "string"), ("key_id", "string")),
    "EncryptRequest": (("plaintext", "bytes"), ("uid", "string")),
    "EncryptResponse": (("ciphertext", "bytes"), ("key_id", "string"), ("annotations", _ANNOTATIONS)),
    "DecryptRequest": (("ciphertext", "bytes"), ("uid", "string"), ("key_id", "string"), ("annotations", _ANNOTATIONS)),
    "DecryptResponse": (("plaintext", "bytes"),),
}
"""By message its fields, whose numbers count from 1: (name, type)."""
_Field = descriptor_pb2.FieldDescriptorProto
_TYPES = {"string": _Field.TYPE_STRING, "bytes": _Field.TYPE_BYTES}


def _described() -> descriptor_pb2.FileDescriptorProto:
    file = descriptor_pb2.FileDescriptorProto(name="kms_kubernetes/v2.proto", package=PACKAGE, syntax="proto3")
    for message, fields in _FIELDS.items():
        described = file.message_type.add(name=message)
        for number, (name, kind) in enumerate(fields, start=1):
            if kind != _ANNOTATIONS:
                described.field.add(name=name, number=number, type=_TYPES[kind], label=_Field.LABEL_OPTIONAL)
                continue
            # A map is a list of entries (protobuf, "Maps: backwards compatibility").
            entry = described.nested_type.add(name="AnnotationsEntry", options={"map_entry": True})
            for place, (part, its_kind) in enumerate((("key", "string"), ("value", "bytes")), start=1):
                entry.field.add(name=part, number=place, type=_TYPES[its_kind], label=_Field.LABEL_OPTIONAL)
            described.field.add(
                name=name,
                number=number,
                type=_Field.TYPE_MESSAGE,
                type_name=f".{PACKAGE}.{message}.{entry.name}",
                label=_Field.LABEL_REPEATED,
            )
    return file


def _built() -> dict[str, Any]:
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(_described().SerializeToString())
    return {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{PACKAGE}.{name}")) for name in _FIELDS}


MESSAGES = _built()
"""The class of each message, by its name."""
