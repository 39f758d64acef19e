import console.models.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('keys', '0010_keys_grow_at_the_end'),
    ]

    # The default is made in Python: no table has to be written anew for it.
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name='key',
                    name='id',
                    field=models.UUIDField(default=console.models.ids.growing_id, editable=False, primary_key=True, serialize=False, verbose_name='key ID'),
                ),
            ]
        ),
    ]
