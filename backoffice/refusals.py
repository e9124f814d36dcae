"""What an action raises when it can't or may not be done: one sentence that a rep understands."""


class Refused(Exception):
    """It can't be done as things stand; answered with 409 and the sentence."""

    status = 409


class Forbidden(Refused):
    """The actor may see it but not do it; answered with 403 and the sentence."""

    status = 403
