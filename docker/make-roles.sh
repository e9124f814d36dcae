#!/bin/sh
# Run by the postgres image once, when its volume is empty.
OWNER_PASSWORD=$(cat /run/secrets/owner_password)
WEB_PASSWORD=$(cat /run/secrets/web_password)
SERVICE_PASSWORD=$(cat /run/secrets/service_password)
export OWNER_PASSWORD WEB_PASSWORD SERVICE_PASSWORD
psql --no-psqlrc --quiet --username postgres --file /docker/roles.sql postgres
