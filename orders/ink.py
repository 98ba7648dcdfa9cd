"""Strokes on glass: whether they are a signature at all, and the picture that is made of them anew on the server."""

import io
import json
from collections.abc import Iterable, Sequence
from math import isfinite
from typing import Any

from PIL import Image, ImageDraw

MOST_INK = 400_000  # characters of strokes; a signature has a few thousand
FEWEST_POINTS = 3
WIDTH, HEIGHT, MARGIN, PEN = 600, 200, 16, 4
INK, PAPER = (22, 33, 31), (255, 255, 255)


def lines(strokes: Any) -> list[list[tuple[float, float]]]:
    """
    Return the strokes as lists of points, as the pad of the page writes them or as bare pairs.

    :raises ValueError: it is neither, or a point lies nowhere
    """
    if not isinstance(strokes, list | tuple):
        raise ValueError("strokes are a list")
    return [[_point(one) for one in _points(stroke)] for stroke in strokes]


def is_signature(strokes: Any) -> bool:
    """Whether somebody has written there: enough points to see, no more than a hand makes."""
    try:
        drawn = lines(strokes)
    except (ValueError, TypeError, KeyError):
        return False
    return sum(map(len, drawn)) >= FEWEST_POINTS and len(json.dumps(strokes)) <= MOST_INK


def picture(strokes: Sequence[Any]) -> bytes:
    """A PNG of the strokes on white, whatever size of glass they came from."""
    drawn = [line for line in lines(strokes) if line]
    canvas = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    place = _fitting([point for line in drawn for point in line])
    pen = ImageDraw.Draw(canvas)
    for line in drawn:
        points = [place(point) for point in line]
        if len(points) > 1:
            pen.line(points, fill=INK, width=PEN, joint="curve")
        for x, y in (points[0], points[-1]):
            pen.ellipse((x - PEN / 2, y - PEN / 2, x + PEN / 2, y + PEN / 2), fill=INK)
    out = io.BytesIO()
    canvas.save(out, "PNG")
    return out.getvalue()


def _fitting(points: Iterable[tuple[float, float]]):
    xs, ys = zip(*points, strict=True)
    wide, tall = max(xs) - min(xs) or 1.0, max(ys) - min(ys) or 1.0
    scale = min((WIDTH - 2 * MARGIN) / wide, (HEIGHT - 2 * MARGIN) / tall)
    left, top = (WIDTH - wide * scale) / 2, (HEIGHT - tall * scale) / 2
    return lambda point: (left + (point[0] - min(xs)) * scale, top + (point[1] - min(ys)) * scale)


def _points(stroke):
    return stroke["points"] if isinstance(stroke, dict) else stroke


def _point(one) -> tuple[float, float]:
    x, y = (one["x"], one["y"]) if isinstance(one, dict) else one
    if isinstance(x, bool) or isinstance(y, bool) or not (isfinite(x) and isfinite(y)):
        raise ValueError("a point lies somewhere")
    if max(abs(x), abs(y)) > 100_000:
        raise ValueError("no glass is that large")
    return float(x), float(y)
