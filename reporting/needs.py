"""What must already hold before a step of a pack for the city: nothing, or the reason in plain words."""

from kernel.refusals import Refusal

CITY = "001 二(四)17"


def file_downloaded(pack) -> Refusal | None:
    """What nobody has taken out of the platform cannot have been handed over by hand."""
    if pack.fetched:
        return None
    return Refusal("pack.not_fetched", "请先下载文件，递交给市质控中心以后再登记。", CITY)
