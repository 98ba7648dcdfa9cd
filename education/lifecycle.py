"""The lives of an article, a course and a post, each as one table. All else reads these."""

from django.db.models import TextChoices

from accounts.roles import SYSTEM, Role
from education import needs
from kernel.workflow import NEW, Workflow, step


class PaperStatus(TextChoices):
    """An article or a course: nobody reads it before a second pair of eyes has."""

    DRAFT = "draft", "草稿"
    REVIEWED = "reviewed", "已审核"
    PUBLISHED = "published", "已发布"
    WITHDRAWN = "withdrawn", "已撤下"


class PostStatus(TextChoices):
    SUBMITTED = "submitted", "待审核"
    RETURNED = "returned", "已退回"
    APPROVED = "approved", "待发布"
    PUBLISHED = "published", "已发布"
    WITHDRAWN = "withdrawn", "已撤下"


P, S, R = PaperStatus, PostStatus, Role
TAUGHT, TRAINED, SHOWN = "000 二(五)", "001 二(二)7", "001 二(四)25"
MEDICINE = "003 二(六)17"

# fmt: off
ARTICLE = Workflow("article", P, (
    #    verb         button        from                       to            by                            needs
    step("write",     "起草",       [NEW],                     P.DRAFT,      [R.SUPERVISOR, R.QC_INSPECTOR],  event="education.article_written", clause=TAUGHT),
    step("change",    "修改",       [P.DRAFT],                 P.DRAFT,      [R.SUPERVISOR, R.QC_INSPECTOR],  event="education.article_changed", clause=TAUGHT),
    step("review",    "审核通过",   [P.DRAFT],                 P.REVIEWED,   [R.SUPERVISOR, R.QC_INSPECTOR],  event="education.article_reviewed", clause=TAUGHT),
    step("send_back", "退回修改",   [P.REVIEWED],              P.DRAFT,      [R.SUPERVISOR, R.QC_INSPECTOR],  event="education.article_sent_back", clause=TAUGHT),
    step("publish",   "发布",       [P.REVIEWED],              P.PUBLISHED,  [R.SUPERVISOR],                  needs.reviewed_by_another, event="education.article_published", clause=TAUGHT),
    step("withdraw",  "撤下",       [P.PUBLISHED],             P.WITHDRAWN,  [R.SUPERVISOR],                  event="education.article_withdrawn", clause=TAUGHT),
    step("replace",   "由新版代替", [P.PUBLISHED],             P.WITHDRAWN,  [SYSTEM],                        event="education.article_replaced", clause=TAUGHT),
))

COURSE = Workflow("course", P, (
    #    verb         button        from                       to            by                            needs
    step("write",     "起草",       [NEW],                     P.DRAFT,      [R.SUPERVISOR, R.QC_INSPECTOR],  event="education.course_written", clause=TRAINED),
    step("change",    "修改",       [P.DRAFT],                 P.DRAFT,      [R.SUPERVISOR, R.QC_INSPECTOR],  event="education.course_changed", clause=TRAINED),
    step("review",    "审核通过",   [P.DRAFT],                 P.REVIEWED,   [R.SUPERVISOR, R.QC_INSPECTOR],  event="education.course_reviewed", clause=TRAINED),
    step("send_back", "退回修改",   [P.REVIEWED],              P.DRAFT,      [R.SUPERVISOR, R.QC_INSPECTOR],  event="education.course_sent_back", clause=TRAINED),
    step("publish",   "发布",       [P.REVIEWED],              P.PUBLISHED,  [R.SUPERVISOR],                  needs.reviewed_by_another, event="education.course_published", clause=TRAINED),
    step("withdraw",  "撤下",       [P.PUBLISHED],             P.WITHDRAWN,  [R.SUPERVISOR],                  event="education.course_withdrawn", clause=TRAINED),
    step("replace",   "由新版代替", [P.PUBLISHED],             P.WITHDRAWN,  [SYSTEM],                        event="education.course_replaced", clause=TRAINED),
))

POST = Workflow("post", S, (
    #    verb         button        from                       to            by                            needs
    step("submit",    "投稿",       [NEW],                     S.SUBMITTED,  [R.CENTRE_ADMIN, R.SUPERVISOR],  event="education.post_submitted", clause=SHOWN),
    step("resubmit",  "改后再投",   [S.RETURNED],              S.SUBMITTED,  [R.CENTRE_ADMIN, R.SUPERVISOR],  event="education.post_resubmitted", clause=SHOWN),
    step("send_back", "退回修改",   [S.SUBMITTED],             S.RETURNED,   [R.SUPERVISOR, R.QC_INSPECTOR],  event="education.post_sent_back", clause=SHOWN),
    step("approve",   "审核通过",   [S.SUBMITTED],             S.PUBLISHED,  [R.SUPERVISOR, R.QC_INSPECTOR],  event="education.post_approved", clause=SHOWN, also_to=[S.APPROVED]),
    step("publish",   "按时发布",   [S.APPROVED],              S.PUBLISHED,  [SYSTEM],                        event="education.post_published", clause=SHOWN),
    step("withdraw",  "撤下",       [S.APPROVED, S.PUBLISHED], S.WITHDRAWN,  [R.CENTRE_ADMIN, R.SUPERVISOR],  event="education.post_withdrawn", clause=SHOWN),
))
# fmt: on

READABLE = frozenset({P.PUBLISHED})  # anybody may read it
WITHDRAWN = frozenset({P.WITHDRAWN})
IN_WORK = frozenset({P.DRAFT, P.REVIEWED})
TO_REVIEW = frozenset({P.DRAFT})
ONCE_PUBLISHED = READABLE | WITHDRAWN  # what was handed to somebody stays readable for them
SHOWN_TO_ALL = frozenset({S.PUBLISHED})
TO_MODERATE = frozenset({S.SUBMITTED})
TO_COME = frozenset({S.APPROVED})
