-- The database, its roles and their limits. Run by the superuser, any number of times:
--   OWNER_PASSWORD=... WEB_PASSWORD=... SERVICE_PASSWORD=... psql -f roles.sql postgres
-- Roles belong to the whole cluster, so they are here and never in a migration.
\set ON_ERROR_STOP on
\getenv owner_password OWNER_PASSWORD
\getenv web_password WEB_PASSWORD
\getenv service_password SERVICE_PASSWORD
SET client_min_messages = warning;
-- The passwords below must not reach a log.
SET log_statement = 'none';
SET log_min_error_statement = 'panic';

SELECT format('CREATE ROLE %I NOLOGIN NOINHERIT', name)
FROM unnest(ARRAY['backoffice_owner', 'backoffice_web', 'backoffice_service',
                  'backoffice_rep', 'backoffice_admin']) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec

-- Owns the schema and runs migrations. Row security does not apply to it, so nothing else uses it.
ALTER ROLE backoffice_owner LOGIN PASSWORD :'owner_password';
ALTER ROLE backoffice_owner SET lock_timeout = '2s';

-- The web processes. No right on any business table until a transaction switches to a person's role.
ALTER ROLE backoffice_web LOGIN NOINHERIT PASSWORD :'web_password';
ALTER ROLE backoffice_web SET statement_timeout = '5s';
ALTER ROLE backoffice_web SET lock_timeout = '2s';
ALTER ROLE backoffice_web SET idle_in_transaction_session_timeout = '10s';
ALTER ROLE backoffice_web SET jit = off;

-- Worker, beat and the operator's commands.
ALTER ROLE backoffice_service LOGIN NOINHERIT PASSWORD :'service_password';
ALTER ROLE backoffice_service SET statement_timeout = '60s';
ALTER ROLE backoffice_service SET lock_timeout = '2s';
ALTER ROLE backoffice_service SET idle_in_transaction_session_timeout = '10s';
ALTER ROLE backoffice_service SET jit = off;

-- backoffice_rep: reps and managers; backoffice_admin: senior managers and sales admins.
GRANT backoffice_rep, backoffice_admin TO backoffice_web, backoffice_service;

SELECT 'CREATE DATABASE backoffice OWNER backoffice_owner'
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'backoffice') \gexec
REVOKE ALL ON DATABASE backoffice FROM PUBLIC;
GRANT CONNECT ON DATABASE backoffice TO backoffice_web, backoffice_service;
-- Imports are staged in temporary tables; nobody else may make objects of their own.
GRANT TEMPORARY ON DATABASE backoffice TO backoffice_service;

\connect backoffice
SET client_min_messages = warning;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
