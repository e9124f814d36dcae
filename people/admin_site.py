"""/admin/: Django admin for sales admins, as strict as the rest of the product.

How an app adds to it, in its own admin.py (found when the site's URLs are made):

- a table of rows that are looked at or edited: a subclass of Page, with `@site.page(Model)`;
- pages of any other kind: ordinary views under `@requires`, with `site.add(Section(...), urls)`.

Both are open to whoever has their permission (people.permissions) and has said once more who they
are; both run in the request's transaction, under row security, like every other page.
"""

from datetime import datetime, timedelta
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple, cast

from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from allauth.core.exceptions import ReauthenticationRequired
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.exceptions import DisallowedModelAdminLookup
from django.contrib.admin.options import IS_POPUP_VAR, TO_FIELD_VAR, IncorrectLookupParameters
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.module_loading import module_has_submodule
from django.views.decorators.http import require_http_methods, require_safe

from backoffice.access import requires
from backoffice.clock import clock
from backoffice.htmx import go_to
from people.models import Policy

# Who has left the admin alone for so long says again who they are.
IDLE = timedelta(hours=1)
# How finely it is noted that somebody is still at it.
NOTED = timedelta(minutes=5)
HERE_AT = "admin_here_at"
# How the filters beside a list ask; whatever goes further than the column itself is nobody's.
ASKED = ("__exact", "__id__exact", "__isnull")


class Section(NamedTuple):
    """A line of the admin's menu: what is there, under which URL, for whom; small ranks first."""

    label: str
    about: str
    url_name: str
    permission: str
    rank: int


class Site(admin.AdminSite):
    """The admin, without the pages of Django's that go round ours: login, password, redirects."""

    site_title = site_header = "Administration"
    enable_nav_sidebar = False

    def __init__(self, name="admin"):
        super().__init__(name)
        self.sections: list[Section] = []
        self.views: list[Any] = []

    # --- what is there ------------------------------------------------------------

    def page(self, model):
        """Register a Page for `model`: a class decorator."""

        def register(page):
            self.register(model, page)
            return page

        return register

    def add(self, section, urls):
        """Add views that are no table: `urls` as in urls.py, relative to /admin/."""
        self.sections.append(section)
        self.views += urls

    @property
    def pages(self):
        return cast(list[Page], list(self._registry.values()))

    def menu(self, user):
        pages = [page.section for page in self.pages]
        found = [each for each in [*pages, *self.sections] if user.has_perm(each.permission)]
        return sorted(found, key=lambda section: section.rank)

    def get_urls(self):
        urls = [path("", requires("people.use_admin")(require_safe(self.index)), name="index")]
        for page in self.pages:
            urls += page.get_urls()
        return [
            path(str(url.pattern), self.admin_view(url.callback), name=url.name)
            for url in [*urls, *self.views]
        ]

    @property
    def urls(self):
        find_pages()
        return super().urls

    # --- who comes in ---------------------------------------------------------------

    def has_permission(self, request):
        return request.user.has_perm("people.use_admin")

    def admin_view(self, view, cacheable=False):
        @requires("people.use_admin")
        @wraps(view)
        def entered(request, *args, **kwargs):
            if lacks_second_factor(request.user):
                messages.warning(request, "The admin asks for a second factor: add one first.")
                return go_to(request, "settings_security")
            prove(request)
            return view(request, *args, **kwargs)

        entered.permission = view.permission
        return entered

    # --- its pages --------------------------------------------------------------------

    def index(self, request, extra_context=None):
        return render(request, "admin/index.html", self.each_context(request))

    def each_context(self, request):
        return {"sections": self.menu(request.user), "is_popup": False}


def find_pages():
    """Import each admin.py of ours; what other packages would show knows nothing of our rules."""
    for app in apps.get_app_configs():
        is_ours = Path(app.path).parent == settings.BASE_DIR
        if is_ours and module_has_submodule(app.module, "admin"):
            import_module(f"{app.name}.admin")


def lacks_second_factor(user):
    return (
        Policy.current().admins_need_second_factor
        and not Authenticator.objects.filter(user=user).exists()
    )


def prove(request):
    """Ask for password or passkey again of who was not in the admin within the last hour."""
    now = clock()
    said = request.session.get(HERE_AT)
    here_at = datetime.fromisoformat(said) if said else None
    if here_at is None or now - here_at > IDLE:
        if not did_recently_reauthenticate(request):
            raise ReauthenticationRequired()
    elif now - here_at < NOTED:
        return
    request.session[HERE_AT] = now.isoformat()


def refuse_pop_ups(request):
    asked = request.GET.keys() | request.POST.keys()
    if asked & {IS_POPUP_VAR, TO_FIELD_VAR, "_saveasnew"}:
        raise Http404("There are no pop-ups here.")


class CappedPaginator(Paginator):
    """Counts no further than anybody would page: a full count of a million rows takes its time."""

    MOST = 10_000

    @cached_property
    def count(self):
        return cast(QuerySet, self.object_list)[: self.MOST].count()


class Page(admin.ModelAdmin):
    """A table in the admin. It shows rows, and changes them only through actions.

    A subclass names its `permission`, its path under /admin/ and its `fields`. Who may read may
    also add where it has a `create(said, *, by)`, and change where it has a
    `change(row, said, *, by)`: each calls one action with the form's cleaned data and returns the
    row. Nothing is deleted, nothing is edited in the list, nothing hangs below a form.
    """

    permission = ""
    where = ""
    about = ""
    rank = 50

    actions = None
    inlines = ()
    list_per_page = 50
    list_max_show_all = 0
    paginator = CappedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    sortable_by = ()
    view_on_site = False
    search_label = "Search"

    @property
    def section(self):
        label = str(self.opts.verbose_name_plural).capitalize()
        url_name = f"admin:{self.named('changelist')}"
        return Section(label, self.about, url_name, self.permission, self.rank)

    def named(self, what):
        return f"{self.opts.app_label}_{self.opts.model_name}_{what}"

    def get_urls(self):
        allowed = requires(self.permission)
        methods = require_http_methods(["GET", "HEAD", "POST"])
        urls = [
            path(
                self.where,
                allowed(require_safe(self.changelist_view)),
                name=self.named("changelist"),
            ),
            path(
                f"{self.where}/<int:pk>",
                allowed((methods if self.changes else require_safe)(self.row_view)),
                name=self.named("change"),
            ),
        ]
        if self.creates:
            new = allowed(methods(self.new_view))
            urls.append(path(f"{self.where}/new", new, name=self.named("add")))
        return urls

    def new_view(self, request):
        return self.changeform_view(request)

    def row_view(self, request, pk):
        return self.changeform_view(request, str(pk))

    # --- what can be done here -----------------------------------------------------------

    def create(self, said, *, by):
        raise NotImplementedError

    def change(self, row, said, *, by):
        raise NotImplementedError

    @property
    def creates(self):
        return type(self).create is not Page.create

    @property
    def changes(self):
        return type(self).change is not Page.change

    # --- rights -------------------------------------------------------------------------

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm(self.permission)

    def has_add_permission(self, request):
        return self.creates and self.has_view_permission(request)

    def has_change_permission(self, request, obj=None):
        return self.changes and self.has_view_permission(request)

    def has_delete_permission(self, request, obj=None):
        return False

    def has_module_permission(self, request):
        return self.has_view_permission(request)

    def lookup_allowed(self, lookup, value, request=None):
        """Narrow a list by its own filters only: by a password's letters, nobody should."""
        offered = [each for each in self.list_filter if isinstance(each, str)]
        return any(lookup in {name, *(name + end for end in ASKED)} for name in offered)

    def get_changelist_instance(self, request):
        try:
            return super().get_changelist_instance(request)
        except (IncorrectLookupParameters, DisallowedModelAdminLookup):
            raise Http404("No such list.") from None

    def _get_obj_does_not_exist_redirect(self, request, opts, object_id):
        raise Http404("No such row.")

    def get_fields(self, request, obj=None):
        """What is new has no version yet that one could have seen."""
        return [name for name in self.fields or () if obj or name != "version"]

    # --- saving ---------------------------------------------------------------------------

    def changelist_view(self, request, extra_context=None):
        refuse_pop_ups(request)
        return super().changelist_view(request, extra_context)

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        refuse_pop_ups(request)
        return super().changeform_view(request, object_id, form_url, extra_context)

    def get_inline_instances(self, request, obj=None):
        return []

    def save_form(self, request, form, change):
        """Call the action; where Django would make a row of the form and save that."""
        said = form.cleaned_data
        if change:
            return self.change(form.instance, said, by=request.user)
        return self.create(said, by=request.user)

    def save_model(self, request, obj, form, change):
        """Nothing: the action has saved."""

    def save_related(self, request, form, formsets, change):
        """Nothing: the action has saved."""

    def log_addition(self, request, obj, message):
        """Nothing: the action has written history."""

    def log_change(self, request, obj, message):
        """Nothing: the action has written history."""

    def response_add(self, request, obj, post_url_continue=None):
        messages.success(request, f"{obj} is added.")
        return go_to(request, reverse(f"admin:{self.named('changelist')}"))

    def response_change(self, request, obj):
        messages.success(request, f"{obj} is saved.")
        return go_to(request, reverse(f"admin:{self.named('changelist')}"))

    def render_change_form(self, request, context, *args, **kwargs):
        response = super().render_change_form(request, context, *args, **kwargs)
        if context.get("errors"):
            response.status_code = 422
        return response


site = Site()
