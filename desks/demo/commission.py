"""What the commission has in hand: the task board, the months reckoned, the rules checked."""

from desks.demo.district import District
from indicators import months
from indicators import services as indicators
from supervision import services as supervision

MONTHS = 2  # months that are over and have been reckoned, beside the present one


def reckon(district: District) -> None:
    """The task board, the values of the last months and a first run of the checks, as of this morning."""
    supervisor = district.actor(district.users["demo-supervisor"])
    now, place = district.clock.now, district.commission
    indicators.adopt_model(district=place, by=supervisor, now=now)
    this = months.month_of(district.clock.today)
    for back in range(MONTHS, -1, -1):
        indicators.compute_month(district=place, month=months.before(this, back), by=supervisor, now=now)
    supervision.run_checks(district_id=place.pk, now=now)
