-- The database and its two roles: pem_owner has the tables and changes them, at updates alone; pem is
-- the site's, and reads and writes rows. Write two passwords of your own in place of OWNER-PASSWORD and
-- SITE-PASSWORD, and run it once: sudo -u postgres psql -f FILE
\set ON_ERROR_STOP on

CREATE ROLE pem_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD 'OWNER-PASSWORD';
CREATE ROLE pem LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD 'SITE-PASSWORD';
-- Bytes in the order of their values: the keys that names are sorted by are the site's own.
CREATE DATABASE pem OWNER pem_owner ENCODING 'UTF8' LOCALE 'C.UTF-8' TEMPLATE template0;
REVOKE ALL ON DATABASE pem FROM PUBLIC;
GRANT CONNECT ON DATABASE pem TO pem;

\connect pem
ALTER SCHEMA public OWNER TO pem_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO pem;
-- Neither TRUNCATE, nor TRIGGER, nor REFERENCES: rows that are sealed stay so.
ALTER DEFAULT PRIVILEGES FOR ROLE pem_owner IN SCHEMA public
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO pem;
ALTER DEFAULT PRIVILEGES FOR ROLE pem_owner IN SCHEMA public
  GRANT USAGE, SELECT, UPDATE ON SEQUENCES TO pem;
