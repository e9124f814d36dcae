-- After roles.sql, in a test cluster only.
\set ON_ERROR_STOP on
-- Test databases are made by the owner.
ALTER ROLE backoffice_owner CREATEDB;
-- Which are dropped although a login of the product is still connected.
ALTER ROLE backoffice_owner INHERIT;
GRANT pg_signal_backend TO backoffice_owner;
-- Factories act as the system, the code under test as a person: one connection, so one login.
GRANT backoffice_service TO backoffice_web;
-- A test holds its transaction open while it does other things on a busy machine.
ALTER ROLE backoffice_web SET idle_in_transaction_session_timeout = '120s';
