"""The commission looks at what institutions hand in, lets it be shown, and chooses typical cases."""

from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from desks import stories
from desks.oversight.desk import district, reader, show
from education import selectors

DESK = stories.Desk("oversight", show, reader, district)


@require_safe
def posts(request):
    return stories.listing(request, DESK, selectors.showcase_figures(district(request), timezone.localdate()))


@require_http_methods(["GET", "HEAD", "POST"])
def posts_new(request):
    return stories.new(request, DESK)


@require_safe
def posts_one(request, pk):
    return stories.one(request, DESK, pk)


@require_POST
def posts_step(request, pk, verb):
    return stories.step(request, DESK, pk, verb)
