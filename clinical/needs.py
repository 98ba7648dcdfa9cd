"""What must already hold before a clinical step: None, or the reason in plain words."""

from clinical import sections
from kernel.refusals import Refusal


def sections_answered(assessment):
    left = [section.title for section in sections.unanswered(assessment.sections)]
    if not left:
        return None
    return Refusal("assessment.incomplete", f"还有 {len(left)} 部分没有填完：{'、'.join(left)}。", "002 五(七)1(3)")


def no_times_left(prescription):
    if prescription.times_left:
        return Refusal("prescription.times_left", f"还有 {prescription.times_left} 次没有安排。")
    return None


def times_left(prescription):
    if prescription.times_left:
        return None
    return Refusal("prescription.no_times", "项目单的次数已全部安排，需要医生重新开具。", "002 五(四)")
