"""What several verbs ask of an institution and of a form. Reads and judges only; the verbs write."""

import hashlib

from accounts.models import Organization
from kernel.refusals import Invalid, Refusal, hidden


def take(model, pk, what):
    """Lock one row with its institution, or say that it is not there."""
    row = model.objects.select_for_update(of=("self",)).select_related("organisation").filter(pk=pk).first()
    if row is None:
        raise hidden(what)
    return row


def lock(organisation):
    """Let verbs that read before they write at one institution come one after another."""
    Organization.objects.select_for_update(no_key=True).get(pk=organisation.pk)


def demand_reason(reason):
    if not reason.strip():
        raise Invalid(no_reason())


def no_reason():
    return Refusal("reason.missing", "请写明原因。", field="reason")


def no_past(field):
    return Refusal("date.past", "日期不能早于今天，请重新选择。", field=field)


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()
