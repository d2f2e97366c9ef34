-- The database and its two accounts: pem_owner has the tables and changes them, at updates alone; pem is
-- the site's, and reads and writes rows. Write two passwords of your own in place of OWNER-PASSWORD and
-- SITE-PASSWORD, and run it once: mariadb <FILE
-- Letters are compared one by one: the keys that names are compared by are the site's own.
CREATE DATABASE pem CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE USER pem_owner@localhost IDENTIFIED BY 'OWNER-PASSWORD';
GRANT ALL PRIVILEGES ON pem.* TO pem_owner@localhost;
-- Neither DROP, which TRUNCATE takes, nor TRIGGER, nor ALTER: rows that are sealed stay so.
CREATE USER pem@localhost IDENTIFIED BY 'SITE-PASSWORD';
GRANT SELECT, INSERT, UPDATE, DELETE ON pem.* TO pem@localhost;
