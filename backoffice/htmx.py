"""Answering a browser that asks for a page, and htmx, which asks for a part of it."""

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
