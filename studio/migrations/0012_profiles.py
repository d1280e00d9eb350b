import django.core.validators
import django.db.models.deletion
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

MODELS = ("image_model", "video_model", "video_to_video_model")


def give_profiles(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Both profiles begin with the models that the project has, so nothing is made otherwise than before."""
    profiles = apps.get_model("studio", "Profile")
    projects = apps.get_model("studio", "Project").objects.values("pk", *MODELS)
    profiles.objects.bulk_create(
        [
            profiles(project_id=project["pk"], kind=kind, **{name: project[name] for name in MODELS})
            for project in projects.iterator()
            for kind in ("draft", "final")
        ],
        batch_size=500,
    )


class Migration(migrations.Migration):
    dependencies = [("studio", "0011_cache_table")]

    operations = [
        migrations.AddField(
            model_name="project",
            name="profile_in_force",
            field=models.CharField(
                choices=[("draft", "Draft"), ("final", "Final")],
                default="draft",
                help_text="With which of its two profiles shots are made that do not name their own model.",
                max_length=5,
            ),
        ),
        migrations.AddConstraint(
            model_name="project",
            constraint=models.CheckConstraint(
                condition=models.Q(profile_in_force__in=["draft", "final"]), name="project_profile_is_known"
            ),
        ),
        migrations.CreateModel(
            name="Profile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(choices=[("draft", "Draft"), ("final", "Final")], max_length=5)),
                (
                    "image_model",
                    models.CharField(help_text="The catalogue's slug for stills.", max_length=100),
                ),
                ("video_model", models.CharField(help_text="The catalogue's slug for clips.", max_length=100)),
                (
                    "video_to_video_model",
                    models.CharField(help_text="The catalogue's slug for reworking clips.", max_length=100),
                ),
                (
                    "resolution",
                    models.CharField(
                        blank=True, help_text="Of clips, in their model's words.", max_length=20
                    ),
                ),
                (
                    "image_resolution",
                    models.CharField(
                        blank=True, help_text="Of stills, in their model's words.", max_length=20
                    ),
                ),
                (
                    "seconds",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        help_text="The length of clips, instead of each shot's own.",
                        max_digits=6,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(0)],
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="profiles",
                        to="studio.project",
                    ),
                ),
            ],
            options={
                "ordering": ["project_id", "kind"],
                "constraints": [
                    models.UniqueConstraint(fields=("project", "kind"), name="profile_once_per_kind"),
                    models.CheckConstraint(
                        condition=models.Q(kind__in=["draft", "final"]), name="profile_kind_is_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(seconds__isnull=True) | models.Q(seconds__gt=0),
                        name="profile_seconds_are_positive",
                    ),
                ],
            },
        ),
        migrations.RunPython(give_profiles, migrations.RunPython.noop),
    ]
