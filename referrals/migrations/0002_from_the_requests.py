"""
Applications that a doctor has referred become referrals, so that nothing that waits for the hospital is forgotten.

What was answered is over. Of several that wait for one patient the newest goes on. The applications stay as they are.
"""

from django.db import migrations

NOTE = "由服务申请的转诊转入"


def forwards(apps, schema_editor):
    Request = apps.get_model("orders", "ServiceRequest")
    Referral = apps.get_model("referrals", "Referral")
    Step = apps.get_model("referrals", "ReferralStep")
    waiting = set()
    rows = Request.objects.filter(status="referred", referred_to__isnull=False).select_related("assessment")
    for request in rows.order_by("-pk").iterator(chunk_size=500):
        at = request.status_since
        done = bool(request.referral_outcome)
        status = "closed" if done else "withdrawn" if request.patient_id in waiting else "proposed"
        if status == "proposed":
            waiting.add(request.patient_id)
        row = Referral.objects.create(
            number=f"Y{request.number[1:]}", direction="up", patient_id=request.patient_id,
            centre_id=request.centre_id, hospital_id=request.referred_to_id, request=request,
            reason=request.outcome_reason, summary=request.outcome_advice, proposed_at=at, status=status,
            proposed_by_id=request.assessment.doctor_id if request.assessment else None, status_since=at,
            outcome=request.referral_outcome, fed_back_at=at if done else None, over_because="done" if done else "",
        )
        Step.objects.create(
            referral=row, name="propose", from_status="", to_status=status, taken_at=at,
            taken_by_id=row.proposed_by_id, role="system", reason=NOTE,
        )


class Migration(migrations.Migration):

    dependencies = [("referrals", "0001_initial"), ("orders", "0007_words_that_a_phone_showed")]

    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
