"""Sites: the places where a person works. A site gives its entries their setting."""

from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts.forms.own_things import SiteForm
from accounts.models import Site
from accounts.models.log import Setting
from accounts.views import undoing
from accounts.views.private import private_page


@private_page
@require_safe
def sites(request: HttpRequest) -> HttpResponse:
    found = Site.objects.for_user(request.user).annotate(used=Count("procedures"))
    return render(
        request,
        "accounts/sites.html",
        {
            "section": "procedures",
            "sites": found.order_by("is_retired", "position", "name"),
            "toast": undoing.toast(request),
        },
    )


@private_page
@require_http_methods(["GET", "HEAD", "POST"])
def site_add(request: HttpRequest) -> HttpResponse:
    return _form(request, Site())


@private_page
@require_http_methods(["GET", "HEAD", "POST"])
def site_change(request: HttpRequest, pk: int) -> HttpResponse:
    """Change or retire a site. What was logged there stays as it was logged."""
    return _form(request, get_object_or_404(Site.objects.for_user(request.user), pk=pk))


def _form(request: HttpRequest, site: Site) -> HttpResponse:
    data = request.POST if request.method == "POST" else None
    form = SiteForm(data, instance=site, user=request.user)
    if form.is_valid():
        form.save()
        undoing.offer(request, f"Saved {form.instance.name}", None)
        return HttpResponseRedirect(reverse("accounts:sites"))
    context = {
        "section": "procedures",
        "form": form,
        "is_new": site.pk is None,
        "settings": Setting.choices,
    }
    return render(request, "accounts/site.html", context, status=422 if form.errors else 200)
