"""One person on record twice: both records side by side, and merging them with the reason. No family sees this."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from desks import office
from desks.centre.desk import reader, show
from desks.looks import looked
from desks.office import TextField
from desks.steps import attempt
from kernel.identity import DOCUMENT_KINDS, mask_name
from kernel.refusals import hidden
from orders import selectors as orders
from patients import selectors as patients
from patients import services


class Merge(forms.Form):
    """Which record goes on, and what was compared."""

    use_required_attribute = False

    into_id = forms.TypedChoiceField(
        label="继续使用的登记", coerce=UUID, widget=forms.RadioSelect,
        error_messages={"required": "请选择继续使用哪一份登记。"},
    )  # fmt: skip
    reason = TextField(label="合并的依据", max_length=200, help_text="例如：核对了身份证和护照原件，为同一人。")

    def __init__(self, *args, people, **options):
        super().__init__(*args, **options)
        self.fields["into_id"].choices = [
            (str(one.pk), f"{DOCUMENT_KINDS[one.identity_kind]}，尾号 {one.identity_tail}") for one in people
        ]


@require_safe
def listing(request):
    groups = patients.duplicates(actor=reader(request), on=timezone.localdate())
    shown = [
        {
            "key": people[0].pk,
            "name": mask_name(people[0].name),
            "sex": people[0].get_sex_display(),
            "documents": "、".join(DOCUMENT_KINDS[one.identity_kind] for one in people),
            "same_phone": len({one.phone_index for one in people}) == 1,
            "newest": people[-1].registered_at,
        }
        for people in groups
    ]
    return show(request, "duplicates", {"twins": shown})


@require_http_methods(["GET", "HEAD", "POST"])
def one(request, pk):
    groups = patients.duplicates(actor=reader(request), on=timezone.localdate())
    people = next((group for group in groups if pk in {person.pk for person in group}), None)
    if people is None:
        raise hidden("这组登记")
    form = Merge(request.POST if request.method == "POST" else None, people=people)
    if form.is_valid() and _merged(request, form, people):
        messages.success(request, "已合并。原来的订单、同意书和代办都还在，旧的链接会打开合并后的登记。")
        return redirect("centre:duplicates")
    for person in people:
        looked(request, target=person, why="核对重复登记")
    facts = [_facts(request, person) for person in people]
    return show(request, "duplicate", {"people": facts, "form": form}, status=422 if form.errors else 200)


def _merged(request, form, people) -> bool:
    """Merge every other record of the group into the chosen one; the first refusal stops and is said."""
    into_id, reason = form.cleaned_data["into_id"], form.cleaned_data["reason"]
    for person in people:
        if person.pk == into_id:
            continue
        done = attempt(services.merge, record_id=person.pk, into_id=into_id, reason=reason, **office.act(request))
        if not office.tell(form, done):
            return False
    return True


def _facts(request, person) -> dict:
    """What tells two people apart, or one from himself."""
    return {
        "row": person,
        "document": DOCUMENT_KINDS[person.identity_kind],
        "town": person.current_addresses[0].town if person.current_addresses else "",
        "orders": orders.orders(actor=reader(request)).filter(patient=person.pk).count(),
        "seen": patients.identity_standing(person).seen,
        "proxies": "、".join(
            f"{proxy.user.display_name}（{proxy.relation}）"
            for proxy in patients.proxies_in_force(on=timezone.localdate())
            .filter(patient=person.pk)
            .select_related("user")
            .order_by("pk")
        ),
    }
