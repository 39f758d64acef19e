"""What key management's calls answer, as types: `console.api.openapi` describes the API by them."""

from typing import Literal, NotRequired, TypedDict

from keys.operations.listing import KeyDetails

Truth = Literal["true", "false"]


class Empty(TypedDict):
    """Nothing but success."""


class NewKeyInfo(TypedDict):
    key_id: str
    domain_id: str
    region_id: str


class KeyCreated(TypedDict):
    key_info: NewKeyInfo


class KeyDescribed(TypedDict):
    key_info: KeyDetails


class KeysListed(TypedDict):
    keys: list[str]
    key_details: list[KeyDetails]
    next_marker: str
    truncated: Truth
    total: int


class KeyStateInfo(TypedDict):
    key_id: str
    key_state: str


class KeyStateChanged(TypedDict):
    key_info: KeyStateInfo


class KeyAliasInfo(TypedDict):
    key_id: str
    key_alias: str


class KeyRenamed(TypedDict):
    key_info: KeyAliasInfo


class KeyDescriptionInfo(TypedDict):
    key_id: str
    key_description: str


class KeyRedescribed(TypedDict):
    key_info: KeyDescriptionInfo


class Instances(TypedDict):
    instance_num: int


class Resource(TypedDict):
    type: str
    used: int
    quota: int


class Resources(TypedDict):
    resources: list[Resource]


class QuotasShown(TypedDict):
    quotas: Resources


class DataEncrypted(TypedDict):
    key_id: str
    cipher_text: str


class DataDecrypted(TypedDict):
    key_id: str
    plain_text_base64: str
    plain_text: NotRequired[str]


class DataReEncrypted(TypedDict):
    key_id: str
    source_key_id: str
    source_encryption_algorithm: str
    destination_encryption_algorithm: str
    cipher_text: str


class DataKeyCreated(DataEncrypted):
    plain_text: str


class DataKeyEncrypted(DataEncrypted):
    datakey_length: str


class DataKeyDecrypted(TypedDict):
    data_key: str
    datakey_length: str
    datakey_dgst: str


class KeyPairCreated(TypedDict):
    key_id: str
    key_spec: str
    public_key: str
    private_key_cipher_text: str
    private_key_plain_text: NotRequired[str]


class RandomData(TypedDict):
    random_data: str


class MessageSigned(TypedDict):
    key_id: str
    signature: str


class SignatureVerified(TypedDict):
    key_id: str
    signature_valid: Truth


class MacGenerated(TypedDict):
    key_id: str
    mac_algorithm: str
    mac: str


class MacVerified(TypedDict):
    key_id: str
    mac_algorithm: str
    mac_valid: bool


class PublicKeyShown(TypedDict):
    key_id: str
    public_key: str


class Material(TypedDict):
    material_id: str
    create_time: str
    expiration_time: str
    state: int


class RotationShown(TypedDict):
    key_rotation_enabled: bool
    rotation_interval: int
    last_rotation_time: str
    number_of_rotations: int
    key_materials: list[Material]


class KeyRotated(TypedDict):
    key_id: str


class AliasShown(TypedDict):
    domain_id: str
    key_id: str
    alias: str
    alias_urn: str
    create_time: str
    update_time: str


class PageInfo(TypedDict):
    next_marker: str | None
    current_count: int


class AliasesListed(TypedDict):
    aliases: list[AliasShown]
    page_info: PageInfo


class TagShown(TypedDict):
    key: str
    value: str


class TagsListed(TypedDict):
    tags: list[TagShown]
    existTagsNum: int


class TagValues(TypedDict):
    key: str
    values: list[str]


class ProjectTagsListed(TypedDict):
    tags: list[TagValues]


class FoundKey(TypedDict):
    resource_id: str
    resource_name: str
    resource_detail: KeyDetails
    tags: list[TagShown]


class KeysFound(TypedDict):
    resources: NotRequired[list[FoundKey]]
    total_count: int


class ImportParametersShown(TypedDict):
    key_id: str
    import_token: str
    expiration_time: int
    public_key: str


class GrantCreated(TypedDict):
    grant_id: str


class GrantShown(TypedDict):
    key_id: str
    grant_id: str
    grantee_principal: str
    grantee_principal_type: str
    operations: list[str]
    issuing_principal: str
    creation_date: str
    name: str
    retiring_principal: str


class GrantsListed(TypedDict):
    grants: list[GrantShown]
    next_marker: str
    truncated: Truth
    total: int


class KeyStoresListed(TypedDict):
    total: int
    keystores: list[Empty]


class RegionsSupported(TypedDict):
    regions: list[Empty]


class KeyPoliciesListed(TypedDict):
    page_info: PageInfo
    keyspace_policies: list[Empty]


class AccessPointsListed(TypedDict):
    page_info: PageInfo
    access_points: list[Empty]
