"""Who people are towards the service. Posts are held at an organisation; patient and proxy hang on a patient."""

from django.db.models import TextChoices


class Role(TextChoices):
    PATIENT = "patient", "服务对象"
    PROXY = "proxy", "家属（代办人）"
    DISPATCHER = "dispatcher", "中心专员"
    DOCTOR = "doctor", "家庭医生"
    NURSE = "nurse", "护士"
    CARE_ASSISTANT = "care_assistant", "医疗护理员"
    CENTRE_ADMIN = "centre_admin", "中心管理员"
    REVIEWER = "reviewer", "医联体牵头医院督导"
    SUPERVISOR = "supervisor", "区卫健委监管员"
    QC_INSPECTOR = "qc_inspector", "区护理质控组"
    AUDITOR = "auditor", "审计员"
    PLATFORM_ADMIN = "platform_admin", "平台管理员"


SYSTEM = "system"  # the platform acting by itself; never held by a person

AT_CENTRE = frozenset({Role.DISPATCHER, Role.DOCTOR, Role.NURSE, Role.CARE_ASSISTANT, Role.CENTRE_ADMIN})
AT_HOSPITAL = frozenset({Role.REVIEWER})
AT_COMMISSION = frozenset({Role.SUPERVISOR, Role.QC_INSPECTOR, Role.AUDITOR})
AT_PLATFORM = frozenset({Role.PLATFORM_ADMIN})
POSTS = AT_CENTRE | AT_HOSPITAL | AT_COMMISSION | AT_PLATFORM

# These roles see the organisations below theirs: a district its centres, a lead hospital its alliance.
OVER_SUBTREE = AT_HOSPITAL | AT_COMMISSION
