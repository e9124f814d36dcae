"""What holds for who works here."""

from backoffice.invariants import Invariant
from backoffice.rls import SYSTEM_ID

INVARIANTS = [
    Invariant(
        "Wherever somebody works, somebody is a sales admin",
        f"""
        SELECT format('%s people', count(*)) FROM people_user
         WHERE is_active AND id <> {SYSTEM_ID}
        HAVING count(*) > 0 AND count(*) FILTER (WHERE role = 'sales_admin') = 0""",
    ),
]
