"""Who gets which story: a facility with its people, and a plot for its lead."""

from demo import other_plots, plots, queue_plots
from demo.books import OUT, POOL
from demo.places import Places
from demo.stories import Story
from demo.words import HOSPITALS, pick
from demo.world import Pages

CHUNK = 10_000  # stories


class Teller:
    """Tells the stories of all leads, a chunk at a time. `places` says whose each lead is."""

    def __init__(self, world, people, places, rng):
        self.world, self.people, self.places, self.rng = world, people, places, rng
        self.inventor = Places(rng)
        self.told = [0] * len(people)  # stories of each rep's book
        self.out = 0
        self.is_done = False

    def chapters(self):
        for start in range(0, max(len(self.places), 1), CHUNK):
            pages = Pages()
            end = min(start + CHUNK, len(self.places))
            for number in range(start, end):
                self.tell(pages, number)
            self.is_done = end == len(self.places)
            yield pages

    def tell(self, pages, number):
        rng, place = self.rng, self.places[number]
        rep = self.people[place] if place >= 0 else pick(rng, self.people)
        plot = self.plot(place)
        anywhere = plot is other_plots.waiting
        state = pick(rng, HOSPITALS).state if anywhere else pick(rng, rep.states)
        self.describe(pages, number, state)
        story = Story(self.world, pages, number, state, pick(rng, rep.types))
        plot(story, rep, rng)
        story.write()

    def plot(self, place):
        """Each rep's book has every band; only the sweep's backlog doesn't grow with it."""
        if place == POOL:
            return pick(self.rng, plots.POOL)
        if place == OUT:
            self.out += 1
            return plots.OUT[self.out % len(plots.OUT)]
        self.told[place] += 1
        plot = plots.QUEUE[self.told[place] % len(plots.QUEUE)]
        late = self.told[place] > plots.FEW_EXPIRED * len(plots.QUEUE)
        return queue_plots.active if plot is queue_plots.expired and late else plot

    def describe(self, pages, number, state):
        """Write down the facility and one to three people, one of whom decides."""
        rng = self.rng
        facility = self.inventor.facility(state)
        pages.facilities.append((number, *facility))
        for turn in range(1 + (rng.random() < 0.25) + (rng.random() < 0.08)):
            pages.contacts.append((number, *self.inventor.contact(facility), turn == 0))
