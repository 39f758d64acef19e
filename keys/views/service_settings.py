"""What the programs of a service are configured with: real endpoint, project, key and service user filled in, and no
secret, which lies in a file of its own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from console.models import Service

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Filled:
    """What is filled in: `key` is the id of a key or the name of the default key, `mount` the path of the database's
    keys."""

    project: str
    key: str
    user: str
    mount: str = ""

    @property
    def endpoint(self) -> str:
        return settings.PUBLIC_URL


@dataclass(frozen=True, slots=True)
class Setting:
    """Some lines, what they are, and the file or place that they belong to; `name` tells it from the others."""

    name: str
    title: Text
    help: Text
    text: str


@dataclass(frozen=True, slots=True)
class ServicePage:
    """What the page of a service says: what it does in three sentences, and what is configured, in order."""

    icon: str
    sentences: tuple[Text, Text, Text]
    settings: Callable[[Filled], list[Setting]]


TOKEN = _("The token of the service user, in a file that nobody else reads")
MARIADB_FILE = "/etc/mysql/mariadb.conf.d/99-kms-token.cnf"
ENGINES = _("Where the KMS is and who asks it; KMS_CONFIG names another file")


def _token_file(path: str, owner: str) -> str:
    return (
        f"install -m 600 -o {owner} -g {owner} /dev/null {path}\n"
        f"read -rsp 'Token: ' token && printf %s \"$token\" > {path}; unset token"
    )


def _object_storage(filled: Filled) -> list[Setting]:
    ceph = [
        "[client]",
        f"rgw_crypt_vault_addr = {filled.endpoint}",
        "rgw_crypt_vault_token_file = /etc/ceph/kms.token",
        "rgw_crypt_s3_kms_backend = vault",
        "rgw_crypt_vault_auth = token",
        "rgw_crypt_vault_secret_engine = transit",
        "rgw_crypt_vault_prefix = /v1/transit",
        "rgw_crypt_s3_kms_cache_enabled = false",
        "rgw_crypt_require_ssl = true",
    ]
    # Ceph's gateway takes no slash in a key's name, and the cloud's SDK spells "%" once more.
    by_name = filled.key.replace("/", "%2F")
    by_id = filled.key if by_name == filled.key else _("<id of the key>")
    boto3 = (
        "import boto3\n\n"
        's3 = boto3.client("s3", endpoint_url="https://<object store>")\n'
        "s3.put_object(\n"
        '    Bucket="photos", Key="cat.jpg", Body=open("cat.jpg", "rb"),\n'
        f'    ServerSideEncryption="aws:kms", SSEKMSKeyId="{by_name}",\n'
        ")\n"
        's3.get_object(Bucket="photos", Key="cat.jpg")  # opened by the store'
    )
    rclone = (
        "[store]\ntype = s3\nprovider = Ceph\nendpoint = https://<object store>\nenv_auth = true\n"
        f"server_side_encryption = aws:kms\nsse_kms_key_id = {by_name}"
    )
    obs = (
        "from obs import ObsClient, PutObjectHeader, SseKmsHeader\n\n"
        "client = ObsClient(\n"
        '    access_key_id="...", secret_access_key="...", server="https://<object store>",\n'
        '    signature="v2", path_style=True, is_signature_negotiation=False,\n'
        ")\n"
        f'sse = SseKmsHeader(encryption="kms", key="{by_id}")\n'
        'client.putFile("photos", "cat.jpg", "cat.jpg", headers=PutObjectHeader(sseHeader=sse))'
    )
    return [
        Setting("token", _("Token"), TOKEN, _token_file("/etc/ceph/kms.token", "ceph")),
        Setting("ceph", "ceph.conf", _("The gateway of the object store asks for a key by it"), "\n".join(ceph)),
        Setting("boto3", "boto3", _("Upload and download one object; the store encrypts and opens it"), boto3),
        Setting("rclone", "rclone.conf", _("Then: rclone copy photos store:photos"), rclone),
        Setting("obs", "OBS SDK", _("The same by the cloud's own SDK"), obs),
    ]


def _engines(filled: Filled) -> Setting:
    lines = [
        f'endpoint = "{filled.endpoint}"',
        f'project = "{filled.project}"',
        'access_key = ""  # of ' + (filled.user or "the service user"),
        'secret_key = ""',
    ]
    return Setting("engines", "~/.config/kms-engines.toml", ENGINES, "\n".join(lines))


def _rekey(command: str) -> Setting:
    return Setting("rekey", _("A new data key"), _("The data is not encrypted anew"), command)


def _volumes(filled: Filled) -> list[Setting]:
    commands = [
        f"kms-volume create /srv/accounts.luks 10G --key {filled.key}",
        "disk=$(kms-volume open /srv/accounts.luks)",
        'mkfs.ext4 "$disk"  # the first time',
        'mount -o loop "$disk" /mnt',
        "",
        "umount /mnt && kms-volume close /srv/accounts.luks",
    ]
    return [
        _engines(filled),
        Setting("volume", "kms-volume", _("Make a volume, open it, put it away"), "\n".join(commands)),
        _rekey("kms-volume rekey /srv/accounts.luks"),
    ]


def _images(filled: Filled) -> list[Setting]:
    commands = [
        f"kms-image encrypt debian.raw debian.qcow2 --key {filled.key}",
        "kms-image decrypt debian.qcow2 debian.raw",
    ]
    return [
        _engines(filled),
        Setting("image", "kms-image", _("Encrypt an image, open it again"), "\n".join(commands)),
        _rekey("kms-image rekey debian.qcow2"),
    ]


def _databases(filled: Filled) -> list[Setting]:
    mariadb = [
        "[mariadb]",
        "plugin-load-add = hashicorp_key_management.so",
        "plugin-maturity = gamma",
        f"loose-hashicorp-key-management-vault-url = {filled.endpoint}/v1/{filled.mount or '<mount>'}",
        "loose-hashicorp-key-management-cache-timeout = 86400000",
        "loose-hashicorp-key-management-cache-version-timeout = 86400000",
        "enforce_storage_engine = InnoDB",
        "innodb_encrypt_tables = FORCE",
        "innodb_encrypt_log = ON",
        "innodb_encrypt_temporary_tables = ON",
        "innodb_encryption_threads = 2",
        "innodb_encryption_rotate_key_age = 1",
        "aria_encrypt_tables = ON",
        "encrypt_binlog = ON",
        "encrypt_tmp_files = ON",
        "encrypt_tmp_disk_tables = ON",
    ]
    token = "\n".join(
        [
            f"install -m 640 -g mysql /dev/null {MARIADB_FILE}",
            "read -rsp 'Token: ' token",
            "printf '[mariadb]\\nloose-hashicorp-key-management-token = %s\\n' \"$token\" \\",
            f"  > {MARIADB_FILE}; unset token",
        ]
    )
    postgresql = [
        f"kms-volume create /srv/pg.luks 50G --key {filled.key}",
        "disk=$(kms-volume open /srv/pg.luks)",
        'mkfs.ext4 "$disk" && mount -o loop "$disk" /var/lib/postgresql/encrypted',
        "install -d -m 700 -o postgres -g postgres /var/lib/postgresql/encrypted/data",
        "runuser -u postgres -- initdb -D /var/lib/postgresql/encrypted/data",
    ]
    return [
        Setting("token", _("Token"), TOKEN, token),
        Setting("mariadb", "my.cnf", _("MariaDB asks for its keys at the mount"), "\n".join(mariadb)),
        Setting(
            "postgresql",
            _("PostgreSQL on a volume"),
            _("By kms-volume, with an access key of the service user"),
            "\n".join(postgresql),
        ),
    ]


PAGES: Mapping[Service, ServicePage] = {
    Service.OBS: ServicePage(
        "bucket",
        (
            _("An object store of yours encrypts each object under a data key of its own, made here."),
            _("The store keeps the data key wrapped beside the object, and asks again to open it."),
            _("Disable the key, and no object under it can be read or written any more."),
        ),
        _object_storage,
    ),
    Service.EVS: ServicePage(
        "disk",
        (
            _("A volume is encrypted by LUKS under a data key that is made here."),
            _("Its wrapped copy lies beside the volume, and is unwrapped each time the volume is opened."),
            _("Disable the key, and no volume under it opens any more; open ones stay open until they are closed."),
        ),
        _volumes,
    ),
    Service.IMS: ServicePage(
        "image",
        (
            _("A private image is encrypted as qcow2 under a data key that is made here."),
            _("Its wrapped copy travels beside the image, through any catalogue."),
            _("Disable the key, and nobody can start or copy the image in the clear any more."),
        ),
        _images,
    ),
    Service.RDS: ServicePage(
        "database",
        (
            _("A database encrypts its tables, logs and temporary files under keys that it reads here."),
            _("Each of its keys has versions; a new version is taken by itself, and old ones stay readable."),
            _("Disable the key, and the database does not start; a running one goes on for a day at most."),
        ),
        _databases,
    ),
}
"""The four services, by their names."""
