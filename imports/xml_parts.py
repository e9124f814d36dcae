"""XML by strangers, fed to expat piece by piece: no document types, no entities, no huge tags."""

from xml.parsers import expat

from backoffice.refusals import Refused
from imports.archives import UNREADABLE, honest
from imports.limits import MEGABYTE

PIECE = 1 << 16
# expat keeps a tag in memory until it ends, and the name of every element that is open.
LONGEST_TAG = MEGABYTE
DEEPEST = 64


def refuse(*what):
    raise Refused(UNREADABLE)


def new_parser(start, end, text):
    """Return a parser that calls start(name, attributes), end(name) and text(characters)."""
    # Whatever the file says, it is UTF-8 or nothing: so a place in it is a place anywhere.
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = refuse
    return parser


class Feeder:
    """Feeds a file to a parser for as long as its reader asks for more."""

    def __init__(self, file, parser):
        self.file, self.parser = file, parser
        self.fed = 0
        self.is_over = False

    def give(self, piece, *, is_last=False):
        try:
            self.parser.Parse(piece, is_last)
        except expat.ExpatError as problem:
            raise Refused(UNREADABLE) from problem
        self.fed += len(piece)
        if self.fed - self.parser.CurrentByteIndex > LONGEST_TAG:
            refuse()

    def more(self):
        """Parse the next piece; False at the end of the file."""
        if self.is_over:
            return False
        with honest():
            piece = self.file.read(PIECE)
        self.is_over = not piece
        self.give(piece, is_last=self.is_over)
        return True


def local(name):
    """Return an element's name without a prefix of its namespace."""
    return name.rpartition(":")[2]


def elements(file, most=MEGABYTE):
    """Return [(name, attributes)] of all elements in a small file."""
    found = []

    def start(name, attributes):
        found.append((local(name), attributes))
        if len(found) > 10_000:
            refuse()

    with honest():
        content = file.read(most + 1)
    if len(content) > most:
        refuse()
    Feeder(file, new_parser(start, None, None)).give(content, is_last=True)
    return found
