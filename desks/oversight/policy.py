"""The policy library: the documents, and each rule of the platform linked to the clause it rests on (002 引言)."""

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from django.conf import settings as platform
from django.http import Http404
from django.urls import reverse
from django.views.decorators.http import require_safe

from desks import compliance
from desks.oversight.desk import show
from institutions.settings import OURS, SETTINGS
from orders.lifecycle import APPEAL, COMPANION, ORDER, REQUEST
from safety.lifecycle import ALARM, FLAG
from supervision.checks import CHECKS
from supervision.lifecycle import FINDING

DOCUMENTS = {
    "002": ("浦东新区“互联网+护理服务”试点工作实施方案", ""),
    "004": ("关于开展“互联网+护理服务”试点工作的通知", "国卫办医函〔2019〕80号"),
    "000": ("进一步改善护理服务行动计划（2023—2025年）", "国卫医政发〔2023〕16号"),
    "001": ("重庆市进一步改善护理服务行动计划工作方案（2023—2025年）", "渝卫发〔2023〕74号"),
    "003": ("改善就医感受提升患者体验主题活动方案", "国卫医政发〔2023〕11号"),
}
PARENTS = ("沪卫医〔2022〕95号", "沪卫医发〔2019〕29号", "浦卫医政〔2023〕10号")  # what 002 itself rests on
TABLES = (REQUEST, ORDER, APPEAL, COMPANION, ALARM, FLAG, FINDING)
DOCS = Path(platform.BASE_DIR) / "docs"
NUMBER = re.compile(r"^(00\d) ")


@require_safe
def library(request):
    known = _by_document()
    rows = [
        {
            "code": code,
            "title": title,
            "number": number,
            "clauses": len(known.get(code, {})),
            "rules": sum(len(rules) for rules in known.get(code, {}).values()),
            "url": reverse("oversight:policy_one", args=[code]),
        }
        for code, (title, number) in DOCUMENTS.items()
    ]
    return show(request, "policy", {"rows": rows, "parents": PARENTS})


@require_safe
def document(request, code):
    if code not in DOCUMENTS:
        raise Http404
    title, number = DOCUMENTS[code]
    demands = defaultdict(list)
    for row in _requirements():
        if row.document == code:
            demands[row.clause].append(row.key_term)
    rules = _by_document().get(code, {})
    rows = [
        {"clause": clause.partition(" ")[2], "demands": [term for term in demands[clause] if term],
         "rules": [_shown(rule) for rule in rules.get(clause, ())]}
        for clause in dict.fromkeys([*demands, *sorted(rules)])
    ]  # fmt: skip
    context = {
        "document_title": title,
        "number": number,
        "rows": rows,
        "parents": PARENTS if code == "002" else (),
        "crumbs": [{"label": "政策依据", "url": reverse("oversight:policy")}, {"label": title, "url": ""}],
    }
    return show(request, "policy_one", context)


def linked() -> Iterator[tuple[str, str, str, str]]:
    """Every rule that names a clause: (clause, kind, words, what its link needs)."""
    for check in CHECKS.values():
        yield from ((clause, "检查", check.title, check.code) for clause in check.clause.split("；"))
    for table in TABLES:
        for step in table.steps:
            if step.clause:
                yield from ((clause, "步骤", step.label, "") for clause in step.clause.split("；"))
    for declared in SETTINGS.values():
        if declared.clause != OURS:
            yield from ((clause, "设置", declared.label, declared.key) for clause in declared.clause.split("；"))


@cache
def _by_document() -> dict:
    found = defaultdict(lambda: defaultdict(list))
    for clause, kind, words, key in linked():
        if (match := NUMBER.match(clause)) and (kind, words, key) not in found[match[1]][clause]:
            found[match[1]][clause].append((kind, words, key))
    return {code: dict(clauses) for code, clauses in found.items()}


@cache
def _requirements() -> tuple:
    """The matrix of the five documents; where it was not delivered with the programs, the rules alone are shown."""
    return tuple(compliance.rows(DOCS)) if (DOCS / "requirements.csv").exists() else ()


def _shown(rule) -> dict:
    kind, words, key = rule
    route = {"检查": "oversight:compliance_one", "设置": "oversight:settings_one"}.get(kind)
    return {"kind": kind, "words": words, "url": reverse(route, args=[key]) if route else ""}
