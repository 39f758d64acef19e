from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("keys", "0008_indexes_of_lists"),
    ]

    operations = [
        migrations.AddField(
            model_name="importticket",
            name="wrapped_token",
            field=models.BinaryField(null=True),
        ),
    ]
