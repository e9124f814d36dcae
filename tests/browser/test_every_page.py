"""Every page of the product, found by walking its URLs, with hostile words in all of its data.

Nothing in them executes, axe finds nothing in light or dark, and nothing is wider than the screen.
Nothing executes either in what opens on a page, nor in what a form that fails brings back.
"""

import pytest
from django.apps import apps
from django.db import DatabaseError, models, transaction
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Error, expect

from backoffice.rls import SYSTEM, acting_as
from history.actions import record
from history.models import Event
from notifications.actions import notify
from notifications.models import Email, Kind
from tests.browser import unhurried
from tests.browser.test_accessible import found_on
from tests.conftest import enter_admin
from tests.factories import LeadFactory
from tests.people.test_unsent import TYPED as WORDS
from tests.people.test_unsent import end_sessions, failing, sign_in, where
from tests.test_access import OURS, Scene, declared, patterns, url_of

open_as = unhurried.open_as

# What has run as script somewhere: markup, attributes, addresses, templates, htmx's own attributes.
HOSTILE = [
    "<script>xss=1</script>",
    "<img src=x onerror=xss=1>",
    "<svg/onload=xss=1>",
    '"><script>xss=1</script>',
    "'autofocus onfocus='xss=1'x='",
    "</textarea><script>xss=1</script>",
    "</td></table><img src=x onerror=xss=1>",
    "</title><script>xss=1</script>",
    "</script><script>xss=1</script>",
    "<iframe srcdoc='<script>parent.xss=1</script>'></iframe>",
    "<a href=javascript:xss=1>click</a>",
    "javascript:xss=1",
    "<i hx-get=/notes hx-trigger=load hx-target=body>x</i>",
    "<hx-partial hx-target=#main>x</hx-partial>",
    "<b data-key=j onclick=xss=1>x</b>",
    "<form action=/logout method=post><button data-key=n>x</button></form>",
    "<style>*{display:none}</style>",
    "<meta http-equiv=refresh content='0;url=//example.com'>",
    "<base href=//example.com>",
    "<link rel=stylesheet href=//example.com>",
    "<details open ontoggle=xss=1>",
    "<video><source onerror=xss=1>",
    "<!--",
    "]]>",
    "{{7|add:7}}{%debug%}",
    "${7*7}",
    "&lt;b&gt;",
    "\u202eevil\u202c",
    "=1+1",
]

# What names other things than itself, or is kept to a form by the database.
MEANT = {"password", "email", "phone", "time_zone", "state", "code", "kind", "key", "address"}
MEANT |= {"session_key", "session_data", "status", "last_outcome", "event", "message_id", "doc"}

# What people type has to be there, whatever else is not.
TYPED = """Facility.name Facility.city Facility.source Contact.name Contact.title User.name
    Team.name OpportunityType.name Lead.source Note.text Disposition.note LeadFile.name"""

# Elements that none of our pages has, and any attribute of theirs.
INJECTED = """() => [...document.querySelectorAll(`
    script:not([src], [type$=json]), iframe, video, base, meta[http-equiv], body style, body link,
    [onerror], [onload], [onfocus], [onclick], [ontoggle], [href^=javascript], i[hx-target=body],
    hx-partial, main form[action="/logout"] [data-key]`)]
    .map((found) => found.outerHTML.slice(0, 80))"""
WATCH = """
    addEventListener("securitypolicyviolation", ({ blockedURI }) => console.error(blockedURI))"""
TOO_WIDE = """() => document.documentElement.scrollWidth > document.documentElement.clientWidth"""


@pytest.fixture
def scene(cast, make, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    scene = Scene(cast, make)
    scene.theirs = make(LeadFactory, owner=cast.dora)
    with acting_as(SYSTEM):
        for model in apps.get_models():
            if model._meta.app_config.name in OURS:
                make_hostile(model)
        cast.ana.refresh_from_db()
        for number in range(len(HOSTILE)):
            words = hostile(number, 200)
            record(Event.Kind.CREATED, words, by=cast.ana, lead=scene.lead, why=words)
            notify(cast.ana, Kind.LEAD_RELEASED, words, lead=scene.lead, key=str(number))
        Email.objects.update(state="failed", error=hostile(0, 400))
    return scene


def make_hostile(model):
    """Put the corpus into every text field of every row, as far as the database takes it."""
    for number, row in enumerate(model._base_manager.order_by("pk")):
        for place, field in enumerate(text_fields(model)):
            words = hostile(7 * number + 3 * place, field.max_length or 1500)
            try:
                with transaction.atomic():
                    model._base_manager.filter(pk=row.pk).update(**{field.name: words})
            except DatabaseError:
                # History is not rewritten, a code is a code.
                assert f"{model.__name__}.{field.name}" not in TYPED


def text_fields(model):
    return [
        field
        for field in model._meta.concrete_fields
        if isinstance(field, models.CharField | models.TextField)
        and not field.choices
        and field.name not in MEANT
    ]


def hostile(start, length):
    """Return as many of the corpus, from one of them on, as have room."""
    words = ""
    for place in range(len(HOSTILE)):
        more = HOSTILE[(start + place) % len(HOSTILE)]
        if len(words) + len(more) < length:
            words = f"{words} {more}".strip()
    return words


def pages_of(scene, actor):
    """Yield the address of all that Ana gets by asking for it, of Ada's what Ana does not get, and
    of Cleo's what has more on it for a manager.
    """
    if actor == "cleo":
        yield from (f"/dashboard?rep={scene.person.pk}", f"/leads?rep={scene.person.pk}")
        yield from ("/leads/pool", f"/leads/{scene.lead.pk}", f"/leads/{scene.lost.pk}")
        return
    for name, pattern in patterns():
        answers = declared().get((name, "GET"), {}) | {"nobody": ""}
        others = "ana" if actor == "ada" else "nobody"
        if answers.get(actor) == "200" != answers[others] and name not in {"livez", "readyz"}:
            yield url_of(name, pattern, scene)
    if actor == "ana":
        for query in ("search?q=img", "search?q=scrpit", "leads?q=img", "leads?q=nowhere"):
            yield f"/{query}"
        yield from ("/leads/pool?q=img", "/leads?coming=callbacks", "/clients?q=img", "/nowhere")


@pytest.fixture
def open_watched(open_as):
    """Open a page as everywhere; whatever tries to execute or to ask elsewhere fails the test."""
    asked, said = [], []

    def run(user):
        page = open_as(user, "/settings", reduced_motion="reduce")
        page.context.add_init_script(WATCH)
        page.on("request", lambda request: asked.append(request.url))
        page.on("dialog", lambda dialog: said.append(dialog.message) or dialog.dismiss())
        return page

    yield run
    assert said == []
    assert [url for url in asked if "example.com" in url] == []


@pytest.mark.timeout(240)
@pytest.mark.parametrize("actor", ["ana", "cleo", "ada"])
def test_every_page(open_watched, cast, scene, actor):
    page = open_watched(getattr(cast, actor))
    enter_admin(same_browser(page))
    wrong = []
    for url in pages_of(scene, actor):
        if gone_to(page, url):
            wrong += [(url, *found) for found in looked_at(page)]

    assert wrong == [], "\n".join(map(str, wrong))


def test_what_opens_on_a_list(open_watched, cast, scene):
    page = open_watched(cast.ana)
    dialog, first = page.get_by_role("dialog"), page.locator("tbody tr").first
    for path in ("/leads", "/clients"):
        page.goto(path)
        for item in ("Disposition", "Add note", "Callback", "View audit"):
            page.evaluate("document.getElementById('dialog-content').replaceChildren()")
            first.get_by_role("button", name="Actions for").click()
            page.get_by_role("menuitem", name=item).click()
            expect(dialog.get_by_role("heading").first).to_be_visible()
            assert list(executed_in(page)) == [], (path, item)
            page.keyboard.press("Escape")
            expect(dialog).to_be_hidden()

    page.goto("/leads")
    for key, said in (("4", "Undo"), ("u", "Undone")):
        first.locator("th a").focus()
        page.keyboard.press(key)
        expect(page.locator(".toasts").get_by_text(said).first).to_be_visible()
        assert list(executed_in(page)) == [], key


def test_what_opens_for_a_manager(open_watched, cast, scene):
    page = open_watched(cast.cleo)
    for path in ("/leads/pool", f"/leads?rep={scene.person.pk}"):
        page.goto(path)
        page.locator("tbody [type=checkbox]").first.check()
        expect(page.get_by_text("1 selected")).to_be_visible()
        assert list(looked_at(page)) == [], path
    page.get_by_role("button", name="Reassign to...").click()
    expect(page.get_by_role("dialog").get_by_role("heading")).to_be_visible()
    assert list(looked_at(page)) == []


def test_what_a_form_that_fails_brings_back(open_watched, live_server, cast, scene):
    page, words = open_watched(cast.ana), hostile(0, 250)
    sent = [(reverse(name, args=where(scene, name)), said) for name, said in failing(scene)]
    sent.append((reverse("bulk:choose"), {"lead": scene.lead.pk, "from": "/leads", "why": WORDS}))
    sent.append((reverse("leads:claim", args=[scene.theirs.pk]), {}))
    for url, said in sent:
        typed = {name: words if value == WORDS else value for name, value in said.items()}
        page.goto("/settings/keys")
        with page.expect_navigation():
            page.evaluate(SEND, [url, typed])

        assert list(executed_in(page)) == [], url

    # What was typed when the session had ended.
    end_sessions()
    browser = same_browser(page)
    browser.post(f"/leads/{scene.lead.pk}/notes", {"text": words, "tier": "shared"})
    sign_in(browser, cast.ana, next="/unsent")
    sent = browser.cookies.values()
    page.context.add_cookies(
        [{"name": each.key, "value": each.value, "url": live_server.url} for each in sent]
    )
    page.goto("/unsent")
    expect(page.get_by_role("textbox", name="Note")).to_have_value(words)
    assert list(executed_in(page)) == []


# As its form would, without what the browser itself would say of it.
SEND = """([url, fields]) => {
    const form = document.createElement("form")
    Object.assign(form, { method: "post", action: url })
    const token = document.querySelector("[name=csrfmiddlewaretoken]")
    for (const [name, value] of [...Object.entries(fields), [token.name, token.value]]) {
        form.append(Object.assign(document.createElement("textarea"), { name, value }))
    }
    document.body.append(form)
    form.submit()
}"""


def same_browser(page):
    """Return a test client with the cookies of a page."""
    client = Client()
    for cookie in page.context.cookies():
        client.cookies[cookie["name"]] = cookie["value"]
    return client


def gone_to(page, url):
    """Go there, unless it is a file to be saved."""
    page.set_viewport_size({"width": 1280, "height": 800})
    try:
        page.goto(url)
    except Error as problem:
        if "Download is starting" not in str(problem):
            raise
        return False
    return True


def executed_in(page):
    """Yield what of the corpus has become more than text."""
    if executed := page.evaluate("window.xss"):
        yield "executed", executed
    if injected := page.evaluate(INJECTED):
        yield "injected", injected


def looked_at(page):
    """Yield what is wrong with an open page."""
    yield from executed_in(page)
    if not page.title():
        return
    if page.evaluate(TOO_WIDE):
        yield "too wide at", 1280
    page.set_viewport_size({"width": 1920, "height": 1080})
    if page.evaluate(TOO_WIDE):
        yield "too wide at", 1920
    if broken := found_on(page):
        yield "axe, light", broken
    page.emulate_media(color_scheme="dark")
    if broken := found_on(page, only=["color-contrast"]):
        yield "axe, dark", broken
    page.emulate_media(color_scheme="light")
