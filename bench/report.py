"""The figures as a table, for the terminal and for ``docs/benchmarks.md``."""

NAMES = {
    "none": "no trace",
    "outbox": "no trace, outbox row",
    "rows": "row triggers alone",
    "ours": "ours",
    "unsealed": "ours, sealer off",
    "chain": "hash chain under one lock",
    "auditlog": "django-auditlog",
    "history": "django-simple-history",
    "pghistory": "django-pghistory",
}
PARTS = {
    "throughput": "One order step",
    "unsealed": "One order step, sealer off",
    "work": "One order step with 20 ms of other work before its commit",
    "product": "The platform's own verbs (apply, take in, withdraw)",
}


def text(figures: dict) -> str:
    return markdown(figures).replace("|", " ").replace("`", "")


def markdown(figures: dict) -> str:
    sections = [_machine(figures["machine"])]
    for part, title in PARTS.items():
        if part in figures:
            sections.append(_shares(title, figures[part]))
    if "lag" in figures:
        sections.append(_lag(figures["lag"]))
    if "size" in figures:
        sections.append(_size(figures["size"]))
    if "history" in figures:
        sections.append(_history(figures["history"]))
    return "\n\n".join(sections)


def _table(title: str, head: list[str], rows: list[list[object]]) -> str:
    lines = [f"### {title}", "", _line(head), _line(["---", *["---:"] * (len(head) - 1)]), *map(_line, rows)]
    return "\n".join(lines)


def _line(cells) -> str:
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def _machine(machine: dict) -> str:
    settings = ", ".join(f"{name} {value}" for name, value in machine["settings"].items())
    return (
        f"Measured on {machine['processors']} processors ({machine['processor']}), {machine['memory_gib']} GiB,"
        f" load {machine['load_before']} beforehand, CPython {machine['python']}, PostgreSQL {machine['postgres']}"
        f" ({settings}); one page reaches the disk in {machine['fsync_ms']} ms."
    )


def _shares(title: str, by_writers: dict) -> str:
    names = list(next(iter(by_writers.values())))
    head = [title, *(f"{many} writer{'s' if many != '1' else ''}" for many in by_writers), "CPU per step"]
    rows = []
    for name in names:
        cells = [by_writers[many][name] for many in by_writers]
        shown = [
            f"{cell['rate']:.0f}/s" if name == "none" else
            f"{cell['share']:.0%} ({cell['share_low']:.0%} to {cell['share_high']:.0%})"
            for cell in cells
        ]  # fmt: skip
        rows.append([NAMES[name], *shown, f"{cells[0]['client_ms']:.2f} + {cells[0]['server_ms']:.2f} ms"])
        if "of_outbox" in cells[0]:
            shares = [cell["of_outbox"] for cell in cells]
            against = [f"{middle:.0%} ({low:.0%} to {high:.0%})" for low, middle, high in shares]
            rows.append([f"{NAMES[name]}, against {NAMES['outbox']}", *against, ""])
    return _table(title, head, rows)


def _lag(by_writers: dict) -> str:
    rows = [
        [
            f"{many}, {one['open_seconds']:.0f} s",
            f"{one['p50']:.2f} s",
            f"{one['p99']:.2f} s",
            f"{one['longest']:.2f} s",
            f"{one['steps_per_second']:.0f}/s",
            f"{one['events'] / max(one['heads'], 1):.0f}",
            f"{one['sealer_cpu']:.1%}",
            f"{one['sealer_us_per_event']:.0f} µs",
        ]
        for many, one in by_writers.items()
    ]
    head = ["Writers, a transaction open for", "median", "99 %", "longest", "steps", "events a head", "sealer's CPU",
            "an event"]  # fmt: skip
    return _table("From event to signed head", head, rows)


def _size(size: dict) -> str:
    rows = [[part, f"{size[part]:.0f}"] for part in ("heap", "indexes", "tiles", "heads", "all")]
    each = ", ".join(f"{name} {value:.0f}" for name, value in sorted(size["indexes_each"].items(), key=lambda i: -i[1]))
    paces = "; ".join(
        f"with {many} events a head, heads and tiles take {one['heads_and_tiles']:.0f} bytes an event"
        f" ({one['head_bytes']:.0f} a head)"
        for many, one in size["paces"].items()
    )
    return (
        _table("Bytes for one event", ["part", "bytes"], rows)
        + f"\n\n{size['events']} events ({size['acts']} acts) in {size['head_count']} heads."
        + f" Indexes: {each}. Elsewhere: {paces}."
    )


def _history(history: dict) -> str:
    verified, least = history["verified"], history["verified"]["least"]
    rows = [
        [f"everything, {verified['workers']} processes", f"{verified['seconds']:.1f} s"],
        ["to read the rows alone, one process", f"{least['copy_seconds']:.1f} s"],
        ["to hash them alone, one process", f"{least['sha256_seconds']:.1f} s"],
    ]
    asked = [
        [
            f"{int(events):,}",
            *(
                f"{one[name]['p50']:.1f} / {one[name]['p95']:.1f} ms"
                for name in ("lines_sql", "lines", "page_sql", "page", "receipt")
            ),
            f"{one['proof_bytes']} B",
            f"{one['check']['p50'] * 1000:.0f} µs",
        ]
        for events, one in history["asked"].items()
    ]
    filled = history["filled"]
    return "\n\n".join(
        [
            _table(f"To verify {verified['events']:,} events in {verified['heads']:,} heads", ["", "time"], rows),
            f"The sealer sealed them at {filled['sealed_per_second']:,} events a second.",
            _table(
                "To ask about one order",
                ["events", "its lines: SQL", "in all", "its page: SQL", "in all", "a receipt", "proof", "checked in"],
                asked,
            ),
            "Each the median and 95 %.",
        ]
    )
