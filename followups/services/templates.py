"""Questionnaires and templates: each change is a new version, so that what was asked stays as it was asked."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from accounts.models import Organization
from accounts.roles import Role
from audit.services import recording
from followups import rules, selectors, starting
from followups.lifecycle import FILE
from followups.models import FollowUp, PlanTemplate, Questionnaire
from kernel.actors import Actor
from kernel.refusals import Invalid, Refusal, demand_words, hidden


def publish_questionnaire(
    *, owner: Organization, code: str, title: str, questions: Sequence[Mapping], by: Actor, now: datetime
) -> Questionnaire:
    """
    Publish a new version of a questionnaire. Follow-ups planned before keep the version they were planned with.

    :raises kernel.refusals.Refused: not this actor's place, or a question that cannot be asked or judged
    """
    _demand(owner, by)
    found = rules.questions_wrong(questions)
    found += _titled(code, title)
    if found:
        raise Invalid(*found)
    with transaction.atomic():
        row = Questionnaire(
            owner=owner, code=code, title=title.strip()[:60], questions=list(questions),
            version=_next(Questionnaire, owner, code), published_by_id=by.user_id, published_at=now,
        )  # fmt: skip
        with recording(
            "followups.questionnaire_published", target=row, by=by, now=now, organisation_id=owner.pk
        ) as entry:
            row.save(force_insert=True)
            entry.data.update({"code": code, "version": row.version})
    return row


def publish_template(
    *, owner: Organization, code: str, title: str, condition: str, items: Sequence[int] | None,
    steps: Sequence[Mapping], by: Actor, now: datetime,
) -> PlanTemplate:  # fmt: skip
    """
    Publish a new version of a template. Plans that are under way keep theirs.

    :raises kernel.refusals.Refused: not this actor's place, or a step without day, way or questionnaire
    """
    _demand(owner, by)
    codes = [row.code for row in selectors.questionnaires(owner)]
    found = rules.steps_wrong(steps, FollowUp.Kind.values, codes)
    found += _titled(code, title)
    if items is None:
        found.append(Refusal("template.items", "请填写项目目录中的序号，用顿号分开，例如“1、2、5”。", FILE, "items"))
    if condition not in PlanTemplate.Condition.values:
        found.append(Refusal("template.condition", "请选择适用情况。", FILE, "condition"))
    if found:
        raise Invalid(*found)
    return _write(owner, code, by, now, title=title.strip()[:60], condition=condition, items=sorted(set(items or ())),
                  steps=list(steps))  # fmt: skip


def retire_template(*, template_id: int, reason: str, by: Actor, now: datetime) -> PlanTemplate:
    """
    Stop using a template from now on; plans that are under way go on.

    :raises kernel.refusals.Refused: not this actor's template, or no reason
    """
    old = PlanTemplate.objects.select_related("owner").filter(pk=template_id).first()
    if old is None:
        raise hidden("这份随访模板")
    _demand(old.owner, by)
    demand_words(reason, "请写明停用的原因，会写入留痕。", FILE)
    return _write(
        old.owner, old.code, by, now, reason=reason.strip()[:200], title=old.title, condition=old.condition,
        items=old.items, steps=old.steps, in_use=False,
    )  # fmt: skip


def publish_starting_content(*, district: Organization, by: Actor, now: datetime) -> list[PlanTemplate]:
    """Give a district the questionnaires and templates that come with the platform, unless it has some of its own."""
    with transaction.atomic():
        Organization.objects.select_for_update(no_key=True).get(pk=district.pk)
        if PlanTemplate.objects.filter(owner=district).exists():
            return []
        data = starting.read()
        for one in data["questionnaires"]:
            publish_questionnaire(owner=district, by=by, now=now, **one)
        return [publish_template(owner=district, by=by, now=now, **one) for one in data["templates"]]


def _write(owner, code, by, now, *, reason="", **facts):
    with transaction.atomic():
        row = PlanTemplate(
            owner=owner, code=code, version=_next(PlanTemplate, owner, code), published_by_id=by.user_id,
            published_at=now, **facts,
        )  # fmt: skip
        with recording(
            "followups.template_published", target=row, by=by, now=now, organisation_id=owner.pk, reason=reason
        ) as entry:
            row.save(force_insert=True)
            entry.data.update({"code": code, "version": row.version, "in_use": row.in_use})
    return row


def _next(model, owner, code) -> int:
    Organization.objects.select_for_update(no_key=True).get(pk=owner.pk)  # two who publish at once come in turn
    return (model.objects.filter(owner=owner, code=code).aggregate(n=Max("version"))["n"] or 0) + 1


def _titled(code, title) -> list[Refusal]:
    found = []
    if not rules.KEY.fullmatch(code):
        found.append(Refusal("template.code", "代码请用小写字母、数字和下划线，以字母开头。", FILE, "code"))
    if not title.strip():
        found.append(Refusal("template.title", "请填写名称。", FILE, "title"))
    return found


def _demand(owner: Organization, by: Actor) -> None:
    if by.kind == "system":
        return
    role = Role.SUPERVISOR if owner.kind == Organization.Kind.COMMISSION else Role.CENTRE_ADMIN
    if owner.pk not in by.orgs_as(role):
        raise hidden("这份随访模板")
