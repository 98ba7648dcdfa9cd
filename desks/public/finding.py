"""How a search engine finds what everybody may read, and keeps out of what is nobody's but the family's."""

from django.contrib.sitemaps import Sitemap
from django.contrib.sitemaps.views import sitemap
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.selectors import commission
from education import selectors

CLOSED = (
    "account:login", "family:home", "dispatch:home", "doctor:home", "nurse:home", "centre:home", "review:centres",
    "oversight:overview",
)  # fmt: skip
OPEN = ("home", "institutions", "results", "complain", "checking", "learn", "stories")


class Pages(Sitemap):
    """What anybody may read."""

    changefreq = "weekly"

    def items(self):
        return [f"public:{name}" for name in OPEN]

    def location(self, item):
        return reverse(item)

    def get_protocol(self, protocol=None):
        return protocol or "https"


class Articles(Sitemap):
    """Every article that is published."""

    changefreq = "monthly"

    def items(self):
        district = commission()
        return list(selectors.public_articles(district)) if district else []

    def location(self, item):
        return reverse("public:learn_one", args=[item.code])

    def get_protocol(self, protocol=None):
        return protocol or "https"


@require_safe
def sitemap_xml(request):
    return sitemap(request, {"pages": Pages, "articles": Articles}, template_name="public/sitemap.xml")


@require_safe
def robots(request):
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed())]
    lines.append(f"Sitemap: {request.build_absolute_uri(reverse('public:sitemap'))}")
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


def closed() -> list[str]:
    """The desks behind the log-in, and what programs ask."""
    return sorted({*(reverse(name) for name in CLOSED), "/admin/", "/api/", "/me/"})
