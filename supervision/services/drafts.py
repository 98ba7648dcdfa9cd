"""A new edition of the list: copied from the last, changed, appraised by experts, approved and published by another."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from accounts.models import Organization
from accounts.roles import Role
from catalog import drafting, publishing
from catalog import selectors as catalog
from catalog import services as catalog_services
from catalog.models import Edition
from kernel.actors import Actor
from kernel.refusals import Invalid, NotYours, Refusal, Unmet, demand_words, hidden
from supervision.doors import DRAFTS
from supervision.lifecycle import EDITION
from supervision.models import EditionDraft, ExpertNote

APPRAISED = ("need", "risk", "feasible", "setting")


def begin_draft(
    *, district: Organization, title: str, source: str, issued_on: date, effective_on: date, by: Actor, now: datetime,
    data: dict[str, Any] | None = None, **seen,
) -> EditionDraft:  # fmt: skip
    """
    Begin the next edition as a copy of the newest one, or as ``data``: such a copy with another district's items in it.

    :raises kernel.refusals.Refused: not this actor's district, nothing to copy, data that do not fit together, a draft
        is in the making already
    """
    if district.pk not in by.orgs_as(Role.SUPERVISOR):
        raise hidden("这个区")
    last = catalog.editions(district.pk).first()
    if last is None:
        raise Unmet(Refusal("draft.nothing", "本区还没有发布过目录，请先由平台装入首版目录。", EDITION))
    _demand_head(title, source, issued_on, effective_on, last, now)
    if data is not None and (found := publishing.contradictions(data)):
        raise Invalid(*found)
    row = EditionDraft(
        organisation=district, based_on=last, title=title.strip(), source=source.strip(), issued_on=issued_on,
        effective_on=effective_on, data=data or drafting.data_of(last), begun_by_id=by.account, begun_at=now,
        edited_at=now,
    )  # fmt: skip
    return DRAFTS.create("begin", row, by=by, now=now, inputs={"title": title}, **seen)


def change_draft(
    *, draft_id: int, title: str, source: str, issued_on: date, effective_on: date, by: Actor, now: datetime, **seen
) -> EditionDraft:
    """Give the draft another name, paper or day. :raises kernel.refusals.Refused: a day that cannot be"""

    def change(row, entry):
        _demand_head(title, source, issued_on, effective_on, row.based_on, now)
        row.title, row.source = title.strip(), source.strip()
        row.issued_on, row.effective_on = issued_on, effective_on
        entry.data["effective_on"] = effective_on

    return DRAFTS.take("edit", draft_id, by=by, now=now, change=change, reason="目录名称、文件或日期", **seen)


def change_draft_item(*, draft_id: int, code: str, facts: dict, reason: str, by: Actor, now: datetime, **seen):
    """
    Change one item of the draft; ``facts`` are in the words of :func:`add_draft_item`.

    :raises kernel.refusals.Refused: no such item, it contradicts itself, no reason
    """

    def alter(row, data):
        at = _place(data, code)
        data["items"][at] = _worded(data["items"][at], facts, data)
        return data

    return _edit(draft_id, alter, f"修改 {code}：{reason.strip()}", reason, by, now, seen)


def add_draft_item(*, draft_id: int, facts: dict, reason: str, by: Actor, now: datetime, **seen) -> EditionDraft:
    """
    Add an item: ``name``, ``category_no``, ``family``, ``risk``, ``duration_min``, ``steps`` and the rest of ``facts``.

    ``like`` is the code of an item whose measurements it asks as well.

    :raises kernel.refusals.Refused: it contradicts itself, a namesake stands there already, no reason
    """

    def alter(row, data):
        blank = {
            "no": len(data["items"]) + 1, "code": drafting.next_code(data), "clause": EDITION,
            "patient_sex_clause": "", "certificates": [], "corrections": [], "required_ours": [],
            "required_excused_ours": {}, "steps": [], "ours": {"measurements": []},
        }  # fmt: skip
        data["items"].append(_worded(blank, facts, data))
        return data

    return _edit(draft_id, alter, f"增加「{facts.get('name', '')}」：{reason.strip()}", reason, by, now, seen)


def remove_draft_item(*, draft_id: int, code: str, reason: str, by: Actor, now: datetime, **seen) -> EditionDraft:
    """Take an item out of the draft. :raises kernel.refusals.Refused: no such item, the last one, no reason"""

    def alter(row, data):
        gone = data["items"].pop(_place(data, code))
        if not data["items"]:
            raise Unmet(Refusal("draft.empty", f"「{gone['name']}」是最后一个项目，目录不能没有项目。", EDITION))
        return drafting.renumbered(data)

    return _edit(draft_id, alter, f"移除 {code}：{reason.strip()}", reason, by, now, seen)


def review_draft(
    *, draft_id: int, expert: str, standing: str, need: str, risk: str, feasible: str, setting: str, verdict: str,
    said_on: date, by: Actor, now: datetime, **seen,
) -> EditionDraft:  # fmt: skip
    """
    Note what an expert says of the draft as it is now; what the same expert said before is replaced.

    :raises kernel.refusals.Refused: something is missing, a day to come
    """
    texts = {"expert": expert, "standing": standing, "need": need, "risk": risk, "feasible": feasible,
             "setting": setting}  # fmt: skip
    found = []
    labels = {column.name: column.verbose_name for column in ExpertNote._meta.concrete_fields}
    for column, words in texts.items():
        if not words.strip():
            label = labels[column]
            found.append(Refusal("expert.words", f"请填写{label}。", EDITION, column))
    if verdict not in ExpertNote.Verdict.values:
        found.append(Refusal("expert.verdict", "请选择同意、修改后同意或不同意。", EDITION, "verdict"))
    if said_on > timezone.localdate(now):
        found.append(Refusal("expert.day", "论证日期请选择今天或以前。", EDITION, "said_on"))
    if found:
        raise Invalid(*found)

    def change(row, entry):
        said = {column: words.strip() for column, words in texts.items() if column != "expert"}
        ExpertNote.objects.update_or_create(
            draft=row, expert=expert.strip(),
            defaults={
                **said, "verdict": verdict, "said_on": said_on, "recorded_by_id": by.account, "recorded_at": now,
            },
        )  # fmt: skip
        entry.data["verdict"] = verdict

    return DRAFTS.take("review", draft_id, by=by, now=now, change=change, inputs=texts, **seen)


def submit_draft(*, draft_id: int, by: Actor, now: datetime, **seen) -> EditionDraft:
    """Ask another supervisor to approve. :raises kernel.refusals.Refused: no expert agrees, data that do not fit"""
    return DRAFTS.take("submit", draft_id, by=by, now=now, **seen)


def send_back_draft(*, draft_id: int, reason: str, by: Actor, now: datetime, **seen) -> EditionDraft:
    """Give the draft back to be changed. :raises kernel.refusals.Refused: no reason"""
    demand_words(reason, "请写明退回的原因。", EDITION)
    return DRAFTS.take("send_back", draft_id, by=by, now=now, reason=reason, **seen)


def publish_draft(*, draft_id: int, by: Actor, now: datetime, **seen) -> EditionDraft:
    """
    Approve somebody else's draft: it becomes an edition in the same act, and what each centre decided goes on in it.

    :raises kernel.refusals.Refused: one's own draft, its day has gone by, the days overlap another edition
    """

    def change(row, entry):
        asked = row.steps.filter(name="submit").order_by("-pk").values_list("taken_by", flat=True).first()
        if by.user_id in (row.begun_by_id, asked):
            sentence = "这份草稿由您起草或提请，请由另一位监管员批准。"
            raise NotYours(Refusal("draft.own", sentence, EDITION))
        row.edition = _published(row, by, now)
        row.decided_by_id, row.decided_at = by.account, now
        entry.data.update({"edition": row.edition.pk, "begun_by": row.begun_by_id})

    return DRAFTS.take("publish", draft_id, by=by, now=now, change=change, **seen)


def discard_draft(*, draft_id: int, reason: str, by: Actor, now: datetime, **seen) -> EditionDraft:
    """Give a draft up. :raises kernel.refusals.Refused: no reason"""
    demand_words(reason, "请写明放弃的原因。", EDITION)
    return DRAFTS.take("discard", draft_id, by=by, now=now, reason=reason, **seen)


def _published(row, by, now) -> Edition:
    head = {
        "title": row.title, "source": row.source, "issued": row.issued_on.isoformat(),
        "clause": row.data["edition"]["clause"],
    }  # fmt: skip
    # Bounds are the library's: what was changed there since the draft began holds.
    data = {**row.data, "edition": head, "measurements": drafting.measurements()}
    notes = "\n".join(
        f"{note.expert}（{note.standing}，{note.said_on:%Y-%m-%d}）{note.get_verdict_display()}。需求：{note.need}；"
        f"风险：{note.risk}；可操作性：{note.feasible}；居家环境：{note.setting}"
        for note in row.notes.order_by("pk")
    )
    return catalog_services.publish_edition(
        district=row.organisation, data=data, effective_from=row.effective_on, admission_note=notes, by=by, now=now
    )


def _edit(draft_id, alter: Callable, words, reason, by, now, seen) -> EditionDraft:
    if not reason.strip():
        raise Invalid(Refusal("reason.missing", "请写明修改的理由。", EDITION, "reason"))

    def change(row, entry):
        data = alter(row, {**row.data, "items": list(row.data["items"])})
        if found := publishing.contradictions(data):
            raise Invalid(*found)
        row.data, row.edited_at = data, now

    return DRAFTS.take("edit", draft_id, by=by, now=now, change=change, reason=words[:300], **seen)


def _worded(row: dict[str, Any], facts: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
    """The item with what was typed; texts of steps that stay keep the document's own wording beside them."""
    sources = {step["text"]: step["source_text"] for step in row["steps"]}
    like = next((one for one in data["items"] if one["code"] == facts.get("like")), None)
    asks = {
        "required_ours": like["required_ours"], "required_excused_ours": like["required_excused_ours"],
    } if like else {}  # fmt: skip
    return {
        **row,
        **asks,
        "name": facts["name"].strip(),
        "plain_words_ours": facts["plain_words"].strip(),
        "category_no": facts["category_no"],
        "family_ours": facts["family"],
        "patient_sex_ours": facts["patient_sex"],
        "steps": _steps(facts["steps"], sources),
        "ours": {
            **row["ours"],
            **({"measurements": like["ours"]["measurements"]} if like else {}),
            "risk_level": facts["risk"],
            "duration_min": facts["duration_min"],
            "medical_waste": facts["makes_waste"],
            "specimen_transport": facts["takes_specimen"],
            "needs_hospital_guidance": facts["needs_guidance"],
        },
    }


def _steps(texts: Sequence[str], sources: dict[str, str]) -> list[dict[str, str]]:
    found = [text.strip() for text in texts if text.strip()]
    return [{"text": text, "source_text": sources.get(text, text)} for text in found]


def _place(data, code) -> int:
    at = next((n for n, row in enumerate(data["items"]) if row["code"] == code), None)
    if at is None:
        raise Invalid(drafting.no_such_item())
    return at


def _demand_head(title, source, issued_on, effective_on, last, now):
    found = []
    for column, words, label in (("title", title, "目录名称"), ("source", source, "文件")):
        if not words.strip():
            found.append(Refusal("draft.words", f"请填写{label}。", EDITION, column))
    if issued_on > effective_on:
        found.append(Refusal("draft.issued", "生效日期不能早于印发日期。", EDITION, "effective_on"))
    if effective_on <= max(timezone.localdate(now), last.effective_from):
        sentence = f"生效日期请选择明天或以后，并晚于现行目录的生效日期（{last.effective_from:%Y-%m-%d}）。"
        found.append(Refusal("draft.effective", sentence, EDITION, "effective_on"))
    if found:
        raise Invalid(*found)
