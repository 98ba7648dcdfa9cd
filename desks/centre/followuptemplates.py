"""A centre's own templates of follow-ups, beside its district's."""

from django.views.decorators.http import require_http_methods, require_safe

from desks import followupquestions as questions
from desks import followuptemplates as templates
from desks.centre.desk import place, show

HERE = "centre:followups"


@require_safe
def listing(request):
    return show(request, "followups", templates.listing(request, place(request)))


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request, pk):
    context, done = templates.edit(request, place(request), pk, HERE)
    return done or show(request, "followups_edit", context, status=422 if context["form"].errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def stop(request, pk):
    context, done = templates.stop(request, place(request), pk, HERE)
    return done or show(request, "followups_stop", context, status=422 if context["form"].errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def ask(request, pk):
    context, done = questions.edit(request, place(request), pk, HERE)
    return done or show(request, "followups_questions", context, status=422 if context["form"].errors else 200)
