"""What stories are told with: the state of the world, and the pages they are written on."""

from typing import NamedTuple
from zoneinfo import ZoneInfo

from people.models import User
from people.permissions import Role


class Pages:
    """The rows of one chunk of stories, as they will be copied to the database."""

    def __init__(self):
        self.facilities, self.contacts, self.leads, self.windows = [], [], [], []
        self.extensions, self.callbacks, self.tasks = [], [], []
        self.dispositions, self.notes, self.events = [], [], []


class World(NamedTuple):
    """What every story needs to know."""

    now: int
    zone: ZoneInfo  # the organisation's
    protection_days: int
    no_answer_limit: int
    follow_up_days: int
    scopes: dict[tuple[str, str], tuple[int, int]]  # (state, type): ids of scope and type
    leaders: dict[tuple[str, int | None], User]  # by role and team; above managers there is none

    def above(self, rep, role):
        return self.leaders[role, rep.team if role == Role.MANAGER else None]
