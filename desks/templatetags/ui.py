"""The parts that pages are made of. templates/components/README.md shows each in use."""

from typing import Any
from uuid import uuid4
from zlib import crc32

from django import template
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, Field, RadioSelect
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from desks.statics import sheet_urls
from desks.templatetags import wording

register = template.Library()

TEXT_SIZES = ("std", "large", "xlarge")
SEXES = {"female": "女", "male": "男", "F": "女", "M": "男"}
NOTE_ICONS = {"info": "info-circle", "ask": "clock", "done": "circle-check", "red": "alert-triangle"}

for _filter in wording.FILTERS:
    register.filter(_filter.__name__, _filter)


# --- small things ---


@register.simple_tag
def icon(name: str, title: str = "") -> SafeString:
    """One icon of the sprite. Decoration unless ``title`` gives it a name of its own."""
    if not name:
        return mark_safe("")
    href = f"{static('icons/sprite.svg')}#{name}"
    if title:
        return format_html('<svg class="ico" role="img" aria-label="{}"><use href="{}"></use></svg>', title, href)
    return format_html('<svg class="ico" aria-hidden="true"><use href="{}"></use></svg>', href)


@register.simple_tag
def status_tag(thing: Any) -> SafeString:
    """Colour, icon and word of a state. ``thing`` has a ``face``, or is one: {label, family, icon}."""
    face = getattr(thing, "face", None) or (thing.get("face", thing) if isinstance(thing, dict) else thing)
    if not face:
        return mark_safe("")
    label, family, name = (_of(face, key) for key in ("label", "family", "icon"))
    return format_html('<span class="tag tag--{}">{}{}</span>', family or "wait", icon(name), label)


@register.simple_tag
def sheet(name: str) -> SafeString:
    """The style of a kind of page; what only some of them need is linked in their ``head``."""
    return format_html_join("\n", '<link rel="stylesheet" href="{}">', ((url,) for url in sheet_urls(name)))


@register.simple_tag(takes_context=True)
def text_size(context) -> str:
    """The reader's 字号 from the cookie, so that the first paint is right."""
    request = context.get("request")
    chosen = request.COOKIES.get("size", "") if request else ""
    return chosen if chosen in TEXT_SIZES else "std"


@register.simple_tag
def receipt() -> SafeString:
    """A hidden number for this showing of a form: the same form sent twice is done once."""
    return format_html('<input type="hidden" name="receipt" value="{}">', uuid4())


@register.inclusion_tag("components/person.html")
def person(name, sex="", age=None, extra="", small=False):
    sex = SEXES.get(sex, sex)
    facts = [str(fact) for fact in (sex, f"{age} 岁" if age not in (None, "") else "", extra) if fact]
    return {"name": name, "facts": "，".join(facts), "small": small}


@register.inclusion_tag("components/tel.html")
def tel(number, label="", look=""):
    digits = "".join(c for c in str(number or "") if c.isdigit() or c == "+")
    return {"number": number, "digits": digits, "label": label, "look": look}


@register.inclusion_tag("components/figure.html")
def figure(label, value, unit="", why="", tone="", url="", icon=""):
    return {"label": label, "value": value, "unit": unit, "why": why, "tone": tone, "url": url, "icon": icon}


@register.inclusion_tag("components/empty.html")
def empty(text, url="", action=""):
    return {"text": text, "url": url, "action": action}


@register.inclusion_tag("components/timeline.html")
def timeline(events):
    return {"events": events}


@register.inclusion_tag("components/steps.html")
def steps(steps, label="服务进度"):
    return {"steps": steps, "label": label}


@register.inclusion_tag("components/pagination.html", takes_context=True)
def pagination(context, page):
    return {"page": page, "request": context["request"]}


@register.inclusion_tag("components/signature.html")
def signature(name="signature", label="手写签名区", alternative_url="", alternative="不方便手写，改用其他方式"):
    return {"name": name, "label": label, "alternative_url": alternative_url, "alternative": alternative}


# --- blocks ---


@register.simple_block_tag
def card(content, title="", sub="", url="", action="", look="", read=False, anchor=""):
    """A titled card. ``url`` and ``action`` give it a link; ``read`` offers to read it aloud."""
    return template.loader.render_to_string(
        "components/card.html",
        {
            "content": content,
            "title": title,
            "sub": sub,
            "url": url,
            "action": action,
            "look": look,
            "read": read,
            # The same card has the same id in every rendering: a live region compares them.
            "id": anchor or (f"c{crc32(title.encode()):x}" if title else ""),
        },
    )


@register.simple_block_tag
def table(content, label):
    """A table that scrolls sideways on a small window. Fill it with ``<thead>`` and ``<tbody>``."""
    return format_html(
        '<div class="tablewrap" tabindex="0" role="group" aria-label="{}">'
        '<table class="table"><caption class="sr">{}</caption>{}</table></div>',
        label,
        label,
        content,
    )


@register.simple_block_tag
def note(content, kind="info", name="", role=""):
    """A sentence that stands out: kind is info, ask (waits for somebody), done or red (incidents only)."""
    return format_html(
        '<div class="note note--{}"{}>{}<div>{}</div></div>',
        kind,
        format_html(' role="{}"', role) if role else "",
        icon(name or NOTE_ICONS.get(kind, "info-circle")),
        content,
    )


@register.simple_block_tag
def rows(content, look=""):
    """Definition rows; fill it with ``{% row "标签" %}…{% endrow %}``."""
    return format_html('<dl class="rows {}">{}</dl>', f"rows--{look}" if look else "", content)


@register.simple_block_tag
def row(content, label, url="", action="修改"):
    """One row: label and value, and a link to change it when ``url`` is given."""
    link = ""
    if url:
        link = format_html('<dd class="act"><a href="{}">{}<span class="sr">{}</span></a></dd>', url, action, label)
    # The block was rendered with escaping on; strip() alone would forget that.
    return format_html("<div><dt>{}</dt><dd>{}</dd>{}</div>", label, mark_safe(content.strip()), link)


@register.simple_block_tag
def live(content, topic, url, anchor):
    """A region that fetches itself again from ``url`` when something with this topic happens."""
    return format_html('<div id="{}" data-live="{}" data-live-url="{}">{}</div>', anchor, topic, url, content)


# --- forms ---


@register.inclusion_tag("components/field.html")
def field(bound: BoundField, unit="", normal="", look="", label="", hint="", advice=""):
    """
    Label, hint, control, unit, error.

    ``look`` for choices: cards (default), pairs, seg, rows. ``normal`` is the normal range under a number;
    ``advice`` a warning that does not block.
    """
    widget = bound.field.widget
    notes = [
        f"{bound.auto_id}_{suffix}"
        for suffix, shown in (
            ("helptext", hint or bound.help_text),
            ("unit", unit),
            ("normal", normal),
            ("advice", advice),
            ("error", bound.errors),
        )
        if shown
    ]
    described_by = " ".join(notes)
    radio, many = isinstance(widget, RadioSelect), isinstance(widget, CheckboxSelectMultiple)
    single = isinstance(widget, CheckboxInput)
    return {
        "bound": bound,
        "kind": "choices" if radio or many else "check" if single else "plain",
        "look": look or ("rows" if many else "cards"),
        "label": label or bound.label,
        "hint": hint or bound.help_text,
        "unit": unit,
        "normal": normal,
        "advice": advice,
        "described_by": described_by,
        "errors": _complaints(bound, label or bound.label),
        "control": ""
        if radio or many
        else bound.as_widget(attrs={"aria-describedby": described_by} if described_by else None),
    }


@register.inclusion_tag("components/error_summary.html")
def error_summary(form=None, refused=None, title="还有几处需要修改，您填写的内容都已保留"):
    """What keeps a form from going on, with a link to each field. Empty when nothing does."""
    lines = []
    for bound in form or ():
        widget = bound.field.widget
        target = f"{bound.auto_id}_0" if widget.use_fieldset else bound.id_for_label or bound.auto_id
        for text in _complaints(bound, bound.label):
            named = str(bound.label) in text or isinstance(widget, CheckboxInput)
            lines.append({"href": f"#{target}", "text": text if named else f"{bound.label}：{text}"})
    if form is not None:
        lines += [{"href": "", "text": error} for error in form.non_field_errors()]
    return {"lines": lines, "refused": reasons(refused), "title": title}


def _complaints(bound: BoundField, label: str) -> list[str]:
    """The errors of a field. Django's 「这个字段是必填项」 becomes a sentence that names what to do."""
    choosing = hasattr(bound.field, "choices") or isinstance(bound.field.widget, CheckboxInput)
    empty = f"请{'选择' if choosing else '填写'}{label}。"
    if isinstance(bound.field.widget, CheckboxInput):
        empty = f"请勾选「{label.rstrip('。')}」。"
    usual = Field.default_error_messages["required"]
    return [empty if error == usual else error for error in bound.errors]


@register.inclusion_tag("components/refusal.html")
def refusal(refused):
    """Sentence and clause of what was refused: an exception, a reason, a list of reasons or a sentence."""
    return {"reasons": reasons(refused)}


def reasons(refused: Any) -> list[dict[str, str]]:
    if not refused:
        return []
    if isinstance(refused, list | tuple):
        return [line for one in refused for line in reasons(one)]
    if inner := getattr(refused, "reasons", None):
        return reasons(list(inner))
    return [{"sentence": _of(refused, "sentence") or str(refused), "clause": _of(refused, "clause") or ""}]


@register.inclusion_tag("components/step_button.html", takes_context=True)
def step_button(context, chance, url, version=None, target="", look="", label="", swap="outerHTML", values=None):
    """
    A step as a button that works without script. A blocked step is a quiet line with its reason.

    With ``target`` (a CSS selector) htmx posts and swaps in place. ``values`` are further hidden fields.
    """
    return {**_step(context, chance, url, version, target, look, label, swap), "values": values or {}}


@register.inclusion_tag("components/step_form.html", takes_context=True)
def step_form(
    context, chance, url, form, version=None, target="", look="", label="", swap="outerHTML", send="", opened=False
):
    """
    A step that asks something first: a button that opens its fields on the same page.

    ``send`` is the word of the button under the fields, when the step's own label would not fit there.
    """
    # Several steps stand on one page and may ask for the same thing: each form gets ids of its own.
    form.auto_id = f"id_{crc32(url.encode()):x}_%s"
    return {
        **_step(context, chance, url, version, target, look, label, swap),
        "form": form,
        "send": send,
        "opened": opened or form.is_bound,
    }


def _step(context, chance, url, version, target, look, label, swap):
    blocked = _of(chance, "blocked_by")
    return {
        "name": _of(chance, "name"),
        "label": label or _of(chance, "label"),
        "blocked_by": reasons(blocked)[0] if blocked else None,
        "url": url,
        "version": version,
        "target": target,
        "look": look,
        "swap": swap,
        "csrf_token": context.get("csrf_token", ""),
    }


def _of(thing: Any, key: str) -> Any:
    if isinstance(thing, dict):
        return thing.get(key)
    return getattr(thing, key, None)
