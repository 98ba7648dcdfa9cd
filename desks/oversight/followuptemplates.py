"""The district's templates of follow-ups."""

from django.views.decorators.http import require_http_methods, require_POST, require_safe

from desks import followupquestions as questions
from desks import followuptemplates as templates
from desks.oversight.desk import SUPERVISOR, district, show
from desks.pages import no_permission

HERE = "oversight:followups"


@require_safe
def listing(request):
    return show(request, "followups", templates.listing(request, district(request)))


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request, pk):
    if not request.actor.holds(*SUPERVISOR):
        return no_permission(request, "这一步")
    context, done = templates.edit(request, district(request), pk, HERE)
    return done or show(request, "followups_edit", context, status=422 if context["form"].errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def stop(request, pk):
    context, done = templates.stop(request, district(request), pk, HERE)
    return done or show(request, "followups_stop", context, status=422 if context["form"].errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def ask(request, pk):
    context, done = questions.edit(request, district(request), pk, HERE)
    return done or show(request, "followups_questions", context, status=422 if context["form"].errors else 200)


@require_POST
def adopt(request):
    return templates.adopt(request, district(request), HERE)
