from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

MODELS = ("image_model", "video_model", "video_to_video_model")


def give_back(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """On the way back a project has the models of the profile in force."""
    project = apps.get_model("studio", "Project")
    for profile in apps.get_model("studio", "Profile").objects.select_related("project").iterator():
        if profile.kind == profile.project.profile_in_force:
            found = {name: getattr(profile, name) for name in MODELS}
            project.objects.filter(pk=profile.project_id).update(**found)


class Migration(migrations.Migration):
    """Apart from the copying: PostgreSQL changes no table that has rows still to be checked."""

    dependencies = [("studio", "0012_profiles")]

    operations = [
        migrations.RunPython(migrations.RunPython.noop, give_back),
        *(
            migrations.AlterField("project", name, models.CharField(max_length=100, default=""))
            for name in MODELS
        ),
        *(migrations.RemoveField("project", name) for name in MODELS),
    ]
