"""Answering a browser that asks for a page, and htmx, which asks for a part of it."""

from urllib.parse import urlsplit

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url


class SeeOther(HttpResponseRedirect):
    """Done: go and look there. Unlike 302 it says that the form is not to be sent again."""

    status_code = 303


def render_page(request, template, context, fragment=None, status=200):
    """Answer with the whole page, or with its part called `fragment` where htmx asks."""
    if fragment and request.htmx:
        template = f"{template}#{fragment}"
    return render(request, template, context, status=status)


def go_to(request, to):
    """Send the browser to another page, whoever asks."""
    if request.htmx:
        return HttpResponse(headers={"HX-Redirect": resolve_url(to)})
    return SeeOther(resolve_url(to))


def came_from(request):
    """Return the path and query of the page of ours that led here, or ""."""
    parts = urlsplit(request.headers.get("Referer", ""))
    if parts.netloc != request.get_host():
        return ""
    return parts._replace(scheme="", netloc="", fragment="").geturl()
