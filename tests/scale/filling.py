"""Accounts and keys in bulk: rows as the operations make them, without the time that real material takes."""

from console.models import Account, Project, Region, User
from keys.models import Key, KeyVersion, Tag, TaggedKey

BATCH = 5_000


def fill(*, accounts: int, keys_each: int, prefix: str = "scale") -> list[User]:
    """Make `accounts` accounts of one user and five projects; the keys of each lie in its first project, two tags on
    every key. Returns the users."""
    regions = list(Region.objects.order_by("id"))
    made = [
        Account(name=f"{prefix}{number}", key_quota=keys_each + 100, key_count=keys_each, last_key_number=keys_each)
        for number in range(accounts)
    ]
    Account.objects.bulk_create(made, batch_size=BATCH)
    users = [User(account=one, login=one.name, username=f"{one.name}/{one.name}", is_owner=True) for one in made]
    User.objects.bulk_create(users, batch_size=BATCH)
    projects = [Project(account=one, region=region, name=region.id) for one in made for region in regions]
    Project.objects.bulk_create(projects, batch_size=BATCH)
    tags = [Tag(account=one, key=key, value="x") for one in made for key in ("env", "team")]
    for tag in tags:
        tag.fill_name()
    Tag.objects.bulk_create(tags, batch_size=BATCH)
    for first in range(0, accounts, 100):
        chunk = range(first, min(first + 100, accounts))
        keys = [
            (
                number,
                Key(
                    project=projects[number * len(regions)],
                    alias=f"key-{index}",
                    key_usage="ENCRYPT_DECRYPT",
                    number=index + 1,
                ),
            )
            for number in chunk
            for index in range(keys_each)
        ]
        Key.objects.bulk_create([key for _, key in keys], batch_size=BATCH)
        KeyVersion.objects.bulk_create(
            [KeyVersion(key=key, wrapped_material=bytes(65), root_key_version=1) for _, key in keys], batch_size=BATCH
        )
        TaggedKey.objects.bulk_create(
            [
                TaggedKey(content_object=key, tag=tag, tag_key=tag.key, project_id=key.project_id, number=key.number)
                for number, key in keys
                for tag in tags[2 * number : 2 * number + 2]
            ],
            batch_size=BATCH,
        )
    return users
