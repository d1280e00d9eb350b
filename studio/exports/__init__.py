"""A project's money as files for other programs. `docs/exports.md` describes each column."""
