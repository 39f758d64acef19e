"""The regions that every installation begins with; the administrator adds more."""

from typing import Any, ClassVar

from django.db import migrations

REGIONS = {
    "ap-southeast-1": "CN-Hong Kong",
    "ap-southeast-3": "AP-Singapore",
    "cn-north-4": "CN North-Beijing4",
    "eu-west-101": "EU-Dublin",
    "la-north-2": "LA-Mexico City2",
}


def seed(apps: Any, schema_editor: Any) -> None:
    region = apps.get_model("console", "Region")
    region.objects.bulk_create([region(id=id, name=name) for id, name in REGIONS.items()])


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("console", "0001_initial")]
    operations: ClassVar[list[Any]] = [migrations.RunPython(seed, migrations.RunPython.noop)]
