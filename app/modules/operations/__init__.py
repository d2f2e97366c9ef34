"""How the site runs: tasks, jobs, outbox, settings, what was done, health."""
