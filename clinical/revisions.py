"""The versions of a signed assessment: what was corrected, why, by whom; and whether they follow from each other."""

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC

from django.db import models
from django.db.models import Q

from accounts.models import User
from clinical import sections
from clinical.models import Assessment

CLAUSE = "002 五(七)1(3)"


class AssessmentVersion(models.Model):
    """One section of a signed assessment as it was and as it is now; the first version is what was signed."""

    AUDIT_SEALED = frozenset({"before", "after", "reason"})

    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="versions", verbose_name="首诊评估")
    number = models.PositiveSmallIntegerField("版本")
    section = models.CharField("评估部分", max_length=20)
    before = models.JSONField("更正前", default=dict)
    after = models.JSONField("更正后", default=dict)
    reason = models.CharField("更正原因", max_length=200)
    written_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="更正人")
    recorded_at = models.DateTimeField("更正时间")
    content_sha256 = models.CharField("内容摘要", max_length=64)
    previous_sha256 = models.CharField("上一版摘要", max_length=64)
    sha256 = models.CharField("摘要", max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = "首诊评估的更正"
        constraints = [
            models.UniqueConstraint(name="assessment_version_counts_up", fields=["assessment", "number"]),
            models.CheckConstraint(name="assessment_version_follows_a_signature", condition=Q(number__gte=2)),
            models.CheckConstraint(name="assessment_version_has_a_reason", condition=~Q(reason="")),
        ]

    def __str__(self):
        return f"{self.assessment} 第 {self.number} 版"


def of_assessment(row: Assessment) -> list[AssessmentVersion]:
    """Return what was corrected after the signature, the oldest first."""
    return list(row.versions.select_related("written_by").order_by("number"))


def in_words(version: AssessmentVersion) -> list[dict]:
    """Return each changed answer of a version: the question, what it was, what it is."""
    section = sections.BY_KEY[version.section]
    return [
        {"label": question.label, "old": _said(question, version.before), "new": _said(question, version.after)}
        for question in section.questions
        if version.before.get(question.key) != version.after.get(question.key)
    ]


def digest(version: AssessmentVersion) -> str:
    """Return the SHA-256 of a version over what it says and the digest before it (canonical JSON, keys sorted)."""
    covered = {
        "assessment": version.assessment_id,
        "number": version.number,
        "section": version.section,
        "before": version.before,
        "after": version.after,
        "reason": version.reason,
        "by": version.written_by_id,
        "recorded_at": version.recorded_at.astimezone(UTC).isoformat(),
        "content": version.content_sha256,
        "previous": version.previous_sha256,
    }
    return hashlib.sha256(json.dumps(covered, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def broken_at(row: Assessment, versions: Sequence[AssessmentVersion], content: str) -> int | None:
    """
    Return the number of the first version that does not follow from the one before, or None when all do.

    ``content`` is the digest of the assessment as it stands now; it must be that of the latest version.
    """
    previous = latest = row.content_sha256
    for number, version in enumerate(versions, 2):
        if version.number != number or version.previous_sha256 != previous or digest(version) != version.sha256:
            return number
        previous, latest = version.sha256, version.content_sha256
    return None if latest == content else len(versions) + 1


def _said(question, answers) -> str:
    value = answers.get(question.key, "")
    labels = {str(key): label for key, label in question.options}
    if isinstance(value, list):
        return "、".join(labels.get(str(one), str(one)) for one in value)
    return str(labels.get(str(value), value))
