"""What stands around every page of the doctor's desk; the patient at the left of every page of an assessment."""

from django.http import HttpRequest
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from clinical import calls, earlier, revisions, saves, sections, usual
from clinical.lifecycle import SIGNED, WRITABLE
from clinical.models import Assessment
from desks import office, pages, patientcard, told
from desks.pages import Tab
from followups import admission
from followups import selectors as followups
from orders import faces
from orders.lifecycle import WAITING
from safety import faces as safety_faces
from safety import selectors as safety


def tabs(request: HttpRequest) -> tuple[Tab, ...]:
    waiting = calls.waiting_count(actor=request.actor)
    red = followups.green_open_count(actor=office.only(request.actor, [Role.DOCTOR]))
    return (
        Tab("待办", "doctor:todo", "list-check"),
        Tab("医生回电", "doctor:calls", "phone-call", count=waiting, hot=bool(waiting)),
        Tab("绿色通道", "doctor:green", "urgent", count=red, hot=bool(red)),
        Tab("到期续评", "doctor:renewals", "calendar"),
        Tab("我的评估", "doctor:assessed", "clipboard-check"),
        Tab("转诊", "dispatch:referrals", "building-hospital"),
        Tab("远程会诊", "dispatch:remote", "message-report"),
        Tab("联合查房", "dispatch:rounds", "users-group"),
        told.inbox(request),
    )


def frame(request: HttpRequest, current: str, crumbs: list | None = None) -> dict:
    nav = pages.navigation(request, tabs(request))
    for item in nav:
        item["current"] = item["url"] == reverse(current)
    return {
        "nav": nav, "desk_title": "家庭医生", "me": pages.me(request, Role.DOCTOR), "crumbs": crumbs or [],
        **told.bar(request),
    }  # fmt: skip


def beside(request: HttpRequest, row: Assessment, current: str = "") -> dict:
    """The patient, the sections with how far each is, and what must not be overlooked."""
    now = timezone.now()
    last = earlier.last_signed(row)
    return {
        "row": row,
        "request_row": row.request,
        "patient": patientcard.card(row.patient, row.request.address, timezone.localdate(now)),
        "face": faces.assessment(row),
        "earlier": last,
        "sections": progress(row, last, current),
        "flags": sections.red_flags(row.sections),
        "household": household(request, row, now),
        "home_from": hospital_said(request, row, timezone.localdate(now)),
        "may_warn": row.request.status in WAITING,
        "writable": row.status in WRITABLE,
        "signed": row.status in SIGNED,
    }


def household(request: HttpRequest, row: Assessment, now) -> list[dict]:
    """Warnings in force about this household, as chips."""
    found = safety.live_flags(actor=request.actor, patient_ids=[row.patient_id], now=now)
    return [{"row": flag, "icon": safety_faces.flag_icon(flag.kind)} for flag in found]


def hospital_said(request: HttpRequest, row: Assessment, today) -> list[dict]:
    """What a hospital said of the patient it sent home, as its word: nothing of it goes into the doctor's answers."""
    found = followups.home_from_hospital(
        actor=office.only(request.actor, [Role.DOCTOR]), patient_id=row.patient_id, on=today
    )
    return [{"row": one, "lines": admission.in_words(one)} for one in found]


def progress(row: Assessment, last: Assessment | None, current: str = "") -> list[dict]:
    found = []
    for one in sections.SECTIONS:
        answers = row.sections.get(one.key, {})
        band = one.band(answers)
        found.append(
            {
                "key": one.key,
                "title": one.title,
                "url": reverse("doctor:section", args=[row.pk, one.key]),
                "current": one.key == current,
                "left": len(sections.left_in(one, answers)),
                "begun": bool(answers),
                "carried": earlier.known(row, one, last, row.request.wish) is not None,
                "total": one.total(answers) if one.is_scale else None,
                "band": band,
            }
        )
    return found


def press_of(row: Assessment, section: sections.Section, shown: dict | None = None) -> dict | None:
    """A section's press: its words, what it answered so far, and whether it could answer anything that is open."""
    press = usual.PRESSES.get(section.key)
    if press is None:
        return None
    return {
        "words": press.words,
        "gave": usual.labels(section.key, saves.pressed(row, section.key)),
        "asked": [q.label for q in usual.one_by_one(section)],
        "open": row.status in WRITABLE and bool(usual.unsaid(section, shown or {})),
    }


def versions_of(row: Assessment) -> list[dict]:
    """What was corrected after the signature, in words."""
    return [
        {
            "row": version,
            "section": sections.BY_KEY[version.section].title,
            "changes": revisions.in_words(version),
        }
        for version in revisions.of_assessment(row)
    ]


def show(request: HttpRequest, template: str, context: dict, status: int = 200):
    return render(request, template, context, status=status)
