"""Files of facilities become leads in the pool: reading, columns, validating, staging, merging."""
