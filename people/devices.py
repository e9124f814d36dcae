"""What a browser calls itself, in words that its owner recognises."""


def device(agent):
    """Return "Chrome on Windows"."""
    # Most processes never ask, and it takes as long to load as the rest of them together.
    from ua_parser import parse

    found = parse(agent)
    names = [part.family for part in (found.user_agent, found.os) if part]
    return " on ".join(names) or "Unknown device"
