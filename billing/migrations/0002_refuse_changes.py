"""The database itself refuses to change an entry, or a hold that has ended.

SQLite has no trigger against deleting: its way to empty a table is DELETE, which tests and `flush` need (PostgreSQL
truncates); there the refusals of the ORM stand alone. SQLite drops triggers when it rebuilds a table, which is how
Django alters one: a migration that alters billing_entry or billing_hold must run `install` again. Tests notice.
"""

from django.db import migrations

ENTRY_FIXED = "Entries are never changed or deleted. Write a new entry that corrects the old one."
HOLD_FIXED = "A hold that has ended is never changed or deleted."

POSTGRESQL = f"""
CREATE FUNCTION billing_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation'; END $$;
CREATE TRIGGER billing_entry_fixed BEFORE UPDATE OR DELETE ON billing_entry
    FOR EACH ROW EXECUTE FUNCTION billing_refuse('{ENTRY_FIXED}');
CREATE TRIGGER billing_hold_fixed BEFORE UPDATE OR DELETE ON billing_hold
    FOR EACH ROW WHEN (OLD.state <> 'open') EXECUTE FUNCTION billing_refuse('{HOLD_FIXED}');
"""
POSTGRESQL_REVERSE = """
DROP TRIGGER billing_entry_fixed ON billing_entry;
DROP TRIGGER billing_hold_fixed ON billing_hold;
DROP FUNCTION billing_refuse();
"""
SQLITE = [
    f"""CREATE TRIGGER billing_entry_fixed BEFORE UPDATE ON billing_entry
        BEGIN SELECT RAISE(ABORT, '{ENTRY_FIXED}'); END""",
    f"""CREATE TRIGGER billing_hold_fixed BEFORE UPDATE ON billing_hold WHEN OLD.state <> 'open'
        BEGIN SELECT RAISE(ABORT, '{HOLD_FIXED}'); END""",
]
SQLITE_REVERSE = ["DROP TRIGGER billing_entry_fixed", "DROP TRIGGER billing_hold_fixed"]


def install(apps, schema_editor):
    _run(schema_editor, {"postgresql": [POSTGRESQL], "sqlite": SQLITE})


def remove(apps, schema_editor):
    _run(schema_editor, {"postgresql": [POSTGRESQL_REVERSE], "sqlite": SQLITE_REVERSE})


def _run(schema_editor, statements):
    for statement in statements[schema_editor.connection.vendor]:
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("billing", "0001_initial")]
    operations = [migrations.RunPython(install, remove)]
