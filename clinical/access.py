"""Which hats does this actor wear towards a clinical paper?"""

from accounts.roles import Role


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
