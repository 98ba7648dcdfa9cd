"""Reads of the papers in a nurse's file and of the scans that prove them."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from kernel.refusals import hidden
from nurses.models import Certificate, Insurance, Nurse, Training
from nurses.scans import PaperScan

LICENCE = "licence"
KINDS = {LICENCE: "护士执业证书", "certificate": "专项资质证书", "training": "培训合格证明", "insurance": "保险单"}
_MODELS: dict[str, type[Certificate] | type[Training] | type[Insurance]] = {
    "certificate": Certificate,
    "training": Training,
    "insurance": Insurance,
}


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper of a nurse: its kind, the fact that it proves, and under which column its scans are kept."""

    nurse: Nurse
    kind: str
    row: Nurse | Certificate | Training | Insurance

    @property
    def number(self) -> int:
        """The paper's number in an address; of the practising certificate there is only one."""
        return 0 if self.kind == LICENCE else self.row.pk

    @property
    def label(self) -> str:
        if isinstance(self.row, Certificate):
            return f"{self.row.kind.name}证书"
        if isinstance(self.row, Training | Insurance):
            return f"{self.row.get_kind_display()}，{KINDS[self.kind]}"
        return KINDS[self.kind]

    @property
    def columns(self) -> dict:
        """What a scan of this paper bears, and what no scan of another paper does."""
        return {"nurse": self.nurse, **{kind: self.row if kind == self.kind else None for kind in _MODELS}}


def paper(nurse: Nurse, kind: str, number: int) -> Paper:
    """:raises kernel.refusals.Hidden: this nurse has no such paper"""
    if kind == LICENCE and number == 0:
        return Paper(nurse, kind, nurse)
    model = _MODELS.get(kind)
    row = model.objects.filter(pk=number, nurse=nurse).first() if model else None
    if row is None:
        raise hidden("这份资质")
    return Paper(nurse, kind, row)


def paper_of(scan: PaperScan) -> Paper:
    kind = next((kind for kind in _MODELS if getattr(scan, f"{kind}_id")), LICENCE)
    return Paper(scan.nurse, kind, scan.nurse if kind == LICENCE else getattr(scan, kind))


def scans_of(one: Paper) -> Sequence[PaperScan]:
    """Return the scans of a paper that are there, the first one first; a paper bears a handful at most."""
    return list(_of(one).select_related("added_by").order_by("added_at", "pk"))


def scan(scan_id: UUID) -> PaperScan:
    """:raises kernel.refusals.Hidden: not there, or taken out"""
    rows = PaperScan.objects.select_related("nurse__user", "certificate__kind", "training", "insurance", "added_by")
    row = rows.filter(pk=scan_id, removed_at__isnull=True).first()
    if row is None:
        raise hidden("这份扫描件")
    return row


def scanned(nurse_id: int) -> dict[tuple[str, int], int]:
    """Return how many scans each of a nurse's papers bears, by kind and number."""
    counts: dict[tuple[str, int], int] = {}
    rows = PaperScan.objects.filter(nurse=nurse_id, removed_at__isnull=True).values_list(*(f"{k}_id" for k in _MODELS))
    for numbers in rows:
        place = next(((kind, pk) for kind, pk in zip(_MODELS, numbers, strict=True) if pk), (LICENCE, 0))
        counts[place] = counts.get(place, 0) + 1
    return counts


def _of(one: Paper):
    held = {f"{name}__isnull" if row is None else name: True if row is None else row
            for name, row in one.columns.items()}  # fmt: skip
    return PaperScan.objects.filter(**held, removed_at__isnull=True)
