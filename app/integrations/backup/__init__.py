"""The programs that copy: those of the database, and restic for all that is kept."""
