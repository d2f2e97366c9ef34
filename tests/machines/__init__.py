"""Several machines that are one site: namespaces, PostgreSQL, nginx, a shared folder."""
