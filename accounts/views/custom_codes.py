"""Custom codes: work with a value of one's own, always marked and never in official totals."""

from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts.forms.own_things import CustomCodeForm
from accounts.models import CustomCode
from accounts.views import undoing
from accounts.views.private import private_page


@private_page
@require_safe
def custom_codes(request: HttpRequest) -> HttpResponse:
    codes = CustomCode.objects.for_user(request.user).annotate(used=Count("procedures"))
    return render(
        request,
        "accounts/custom_codes.html",
        {
            "section": "procedures",
            "codes": codes.order_by("is_retired", "name"),
            "toast": undoing.toast(request),
        },
    )


@private_page
@require_http_methods(["GET", "HEAD", "POST"])
def custom_code_add(request: HttpRequest) -> HttpResponse:
    return _form(request, CustomCode())


@private_page
@require_http_methods(["GET", "HEAD", "POST"])
def custom_code_change(request: HttpRequest, pk: int) -> HttpResponse:
    """Change or retire one. What was logged with it keeps its value until it is recalculated."""
    return _form(request, get_object_or_404(CustomCode.objects.for_user(request.user), pk=pk))


def _form(request: HttpRequest, code: CustomCode) -> HttpResponse:
    data = request.POST if request.method == "POST" else None
    form = CustomCodeForm(data, instance=code, user=request.user)
    if form.is_valid():
        form.save()
        undoing.offer(request, f"Saved {form.instance.name}", None)
        return HttpResponseRedirect(reverse("accounts:custom_codes"))
    context = {"section": "procedures", "form": form, "is_new": code.pk is None}
    return render(
        request, "accounts/custom_code.html", context, status=422 if form.errors else 200
    )
