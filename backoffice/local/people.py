"""Who can sign in after a first start: what bin/run prints."""

DEMO_PASSWORD = "demo-password"
DEMO_PEOPLE = (
    ("ana@example.com", "inside rep, North"),
    ("ben@example.com", "inside rep, North"),
    ("cleo@example.com", "manager, North"),
    ("dora@example.com", "inside rep, South"),
    ("eli@example.com", "manager, South"),
    ("sol@example.com", "senior manager"),
    ("ada@example.com", "sales admin"),
)


def who_can_sign_in(demo: bool) -> str:
    if not demo:
        return "The first sales admin is made with `bin/manage createsuperuser`."
    people = "\n".join(f"  {email:<18} {role}" for email, role in DEMO_PEOPLE)
    return f"Sign in with the password {DEMO_PASSWORD} as\n{people}"
