from django.db import migrations, models

import console.validators


class Migration(migrations.Migration):
    dependencies = [
        ("console", "0005_calls_by_user"),
    ]

    operations = [
        migrations.AddField(
            model_name="accesskey",
            name="last_used_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="last used"),
        ),
        migrations.AddField(
            model_name="project",
            name="description",
            field=models.CharField(blank=True, max_length=255, verbose_name="description"),
        ),
        migrations.AlterField(
            model_name="project",
            name="name",
            field=models.CharField(
                max_length=128, validators=[console.validators.validate_project_name], verbose_name="name"
            ),
        ),
    ]
