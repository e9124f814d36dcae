"""What a story's lead has on the agenda: tasks, and appointments to call back."""

from datetime import datetime, timedelta


class Task:
    """Something to do for the lead."""

    def __init__(self, kind, due_on, created):
        self.kind = self.name = kind
        self.due_on, self.created = due_on, created
        self.status, self.ended = "open", None

    def end(self, status, at):
        if self.status == "open":
            self.status, self.ended = status, at

    def row(self):
        return self.kind, self.due_on, self.status, self.created, self.ended


class Appointment(Task):
    """A callback: half an hour in the owner's diary."""

    def __init__(self, story, starts):
        super().__init__("callback", None, story.at)
        self.rep, self.starts = story.owner, starts
        self.wall = datetime.fromtimestamp(starts, self.rep.zone)

    def __str__(self):
        end = self.wall + timedelta(minutes=30)
        day = f"{self.wall:%a} {self.wall.day} {self.wall:%b %Y}"
        return f"Callback on {day}, {self.wall:%H:%M}-{end:%H:%M %Z}"

    def row(self):
        wall, rep = self.wall, self.rep
        return (
            rep.id, self.starts, wall.date(), wall.time(), rep.zone.key, self.status, self.created,
            self.ended,
        )  # fmt: skip
