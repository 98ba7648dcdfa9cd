"""What a value read from somebody's file may look like. ``wrong`` says in a sentence what does not fit, or nothing."""

from collections.abc import Mapping
from typing import Any, Protocol

DEEPEST = 12
LARGEST = 2**53


class Shape(Protocol):
    def wrong(self, value: Any, where: str) -> str:
        """Say what does not fit at this place, or nothing."""
        ...


class Anything:
    """Whatever JSON holds: only compared and shown, or judged later by the rule that it belongs to."""

    def wrong(self, value: Any, where: str) -> str:
        return ""


class Flag:
    def wrong(self, value: Any, where: str) -> str:
        return "" if isinstance(value, bool) else f"文件里的{where}应当是「是」或「否」，请重新导出。"


class Text:
    def __init__(self, most: int, least: int = 0):
        self.most, self.least = most, least

    def wrong(self, value: Any, where: str) -> str:
        if isinstance(value, str) and self.least <= len(value) <= self.most and (value.strip() or not self.least):
            return ""
        least = f"{self.least} 到 " if self.least else "不超过 "
        return f"文件里的{where}应当是{least}{self.most} 个字的文字，请重新导出。"


class OneOf:
    def __init__(self, *values: str):
        self.values = values

    def wrong(self, value: Any, where: str) -> str:
        return "" if isinstance(value, str) and value in self.values else f"文件里的{where}取值读不懂，请重新导出。"


class Whole:
    """A whole number within bounds; ``empty`` where there may be none."""

    def __init__(self, least: int, most: int, *, empty: bool = False):
        self.least, self.most, self.empty = least, most, empty

    def wrong(self, value: Any, where: str) -> str:
        if self.empty and value is None:
            return ""
        if isinstance(value, int) and not isinstance(value, bool) and self.least <= value <= self.most:
            return ""
        return f"文件里的{where}应当是 {self.least} 到 {self.most} 之间的整数，请重新导出。"


class ListOf:
    def __init__(self, shape: Shape, most: int):
        self.shape, self.most = shape, most

    def wrong(self, value: Any, where: str) -> str:
        if not isinstance(value, list) or len(value) > self.most:
            return f"文件里的{where}应当是不超过 {self.most} 项的列表，请重新导出。"
        found = (self.shape.wrong(one, f"{where}第 {n} 项") for n, one in enumerate(value, 1))
        return next(filter(None, found), "")


class MapOf:
    """Names to values of one shape."""

    def __init__(self, shape: Shape, most: int):
        self.shape, self.most = shape, most

    def wrong(self, value: Any, where: str) -> str:
        if not isinstance(value, Mapping) or len(value) > self.most or any(len(key) > 60 for key in value):
            return f"文件里的{where}读不懂，请重新导出。"
        return next(filter(None, (self.shape.wrong(one, where) for one in value.values())), "")


class Record:
    """Exactly these keys, each with its Chinese name; ``others`` where more may stand beside them."""

    def __init__(self, keys: dict[str, tuple[str, Shape]], *, others: bool = False):
        self.keys, self.others = keys, others

    def wrong(self, value: Any, where: str) -> str:
        if not isinstance(value, dict):
            return f"文件里的{where or '内容'}读不懂，请重新导出。"
        for key, (label, shape) in self.keys.items():
            if key not in value:
                return f"文件里的{where}缺少「{label}」，请重新导出。"
            if said := shape.wrong(value[key], f"{where}「{label}」"):
                return said
        if not self.others and set(value) - set(self.keys):
            return f"文件里的{where or '内容'}有本平台不认识的部分，请用相同版本的平台重新导出。"
        return ""


def wrong_anywhere(thing: Any, depth: int = 0) -> str:
    """What no column of the database and no page could hold: control characters, halves of characters, huge numbers."""
    if depth > DEEPEST:
        return "文件的层次太深，不是本平台导出的配置包。"
    if isinstance(thing, str):
        if any(letter < " " and letter not in "\n\r\t" or "\ud800" <= letter <= "\udfff" for letter in thing):
            return "文件里有不能显示的字符，请从来源区重新导出。"
    elif isinstance(thing, int | float):
        if not -LARGEST <= thing <= LARGEST:
            return "文件里有过大的数字，请从来源区重新导出。"
    elif isinstance(thing, dict | list):
        parts = [*thing, *thing.values()] if isinstance(thing, dict) else thing
        return next(filter(None, (wrong_anywhere(part, depth + 1) for part in parts)), "")
    return ""
