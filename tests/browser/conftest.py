"""Chromium on a live server: each person in a context of their own, and no error in any console."""

import os
import re

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler

from backoffice.local.chromium import chromium

# Playwright runs an event loop in this thread; the tests' own queries are no danger to it.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Chromium writes down every answer that is not a success; a refusal is one that is meant.
MEANT = re.compile(r"status of (403|404|409|422)")


@pytest.fixture(scope="session")
def browser_type_launch_args():
    return {"executable_path": chromium(), "args": ARGUMENTS}


@pytest.fixture(scope="session", autouse=True)
def static_files_as_the_product_sends_them():
    """Collected ones, by its own middleware; Django's live server would look for their sources."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(StaticFilesHandler, "_should_handle", lambda handler, path: False)
        yield


@pytest.fixture
def problems():
    """What went wrong in a console; a test that means it to clears the list."""
    return []


@pytest.fixture
def open_as(live_server, browser, signed_in, problems):
    """Open a page as somebody, or as nobody: `open_as(ana, "/leads", width=1280, height=800)`."""
    contexts = []

    def open_page(user, path, *, width=1920, height=1080, **options):
        size = {"width": width, "height": height}
        context = browser.new_context(base_url=live_server.url, viewport=size, **options)
        contexts.append(context)
        if user:
            context.add_cookies([session_of(signed_in(user), live_server.url)])
        page = context.new_page()
        page.on("console", lambda said: said.type == "error" and problems.append(said.text))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert [problem for problem in problems if not MEANT.search(problem)] == []


def session_of(client, url):
    (name, morsel) = next(iter(client.cookies.items()))
    return {"name": name, "value": morsel.value, "url": url}
