"""Where a person lives now, beside the address with which a request or an order was made (002 五(二)1)."""

from orders import groups
from orders.models import Order, ServiceRequest
from patients import selectors as patients
from patients.models import Address, Patient


def home_of(patient: Patient) -> Address | None:
    """The current address, of the record that goes on where two were one person's."""
    return patients.current_address(patient.merged_into_id or patient.pk)


def moved_since(row: ServiceRequest | Order, home: Address | None) -> bool:
    """Whether the person lives elsewhere now than when this was made."""
    return home is not None and home.pk != row.address_id and not groups.same_address(row.address, home)
