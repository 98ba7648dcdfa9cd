"""Which hats does this actor wear towards a clinical paper?"""

from accounts.roles import Role
from patients import access as patients


def assessment_hats(actor, assessment) -> frozenset:
    worn = {role for role in (Role.DISPATCHER,) if assessment.centre_id in actor.orgs_as(role)}
    if actor.user_id == assessment.doctor_id and assessment.centre_id in actor.orgs_as(Role.DOCTOR):
        worn.add(Role.DOCTOR)
    return frozenset(worn)


def prescription_hats(actor, prescription) -> frozenset:
    return frozenset({Role.DOCTOR} if prescription.centre_id in actor.orgs_as(Role.DOCTOR) else ())


def call_back_hats(actor, row) -> frozenset:
    """Any doctor of the centre may answer; the nurse at the bedside asks."""
    worn = {role for role in (Role.DOCTOR, Role.DISPATCHER) if row.centre_id in actor.orgs_as(role)}
    if actor.user_id == row.nurse_id and row.centre_id in actor.orgs_as(Role.NURSE):
        worn.add(Role.NURSE)
    return frozenset(worn)


def may_see_picture(actor, row, at_the_bedside: bool) -> bool:
    """Who took it, who is with the patient now, the centre's doctors, and the family."""
    family = row.patient_id in patients.read_by_family(actor)
    doctor = row.centre_id in actor.orgs_as(Role.DOCTOR)
    nurse = row.centre_id in actor.orgs_as(Role.NURSE) and (row.taken_by_id == actor.user_id or at_the_bedside)
    return family or doctor or nurse


def may_withdraw_pictures(actor, patient_id, at_the_bedside: bool) -> bool:
    """The family at any time; a nurse on their behalf while she is with them."""
    return at_the_bedside or patient_id in actor.patients_as(Role.PATIENT, Role.PROXY)
