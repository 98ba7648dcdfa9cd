"""
Columns that name a person rest encrypted and are read like any other text (002 五(八)).

``row.name`` opens the value when it is asked for, after ``select_related``, ``only`` and ``refresh_from_db`` as well;
``row.save()`` seals what was assigned. Whatever would go past the row is refused: a search, an order, ``update()``, and
the text of what ``values()`` has brought. Equal texts are found by a :class:`BlindIndex`. An empty text rests empty:
there is nothing to hide, and only so can "is anything there?" be asked of the database.
"""

import unicodedata
from functools import lru_cache
from typing import Any, NoReturn

from django.conf import settings
from django.core.exceptions import FieldError
from django.db import models
from django.db.models.expressions import Col
from django.db.models.lookups import Exact, IsNull
from django.db.models.query_utils import DeferredAttribute

from kernel.sealing import KeyRing


def keyring() -> KeyRing:
    return _parsed(settings.SEAL_KEYS, settings.SEAL_INDEX_KEY)


def index_of(model: type[models.Model], column: str, text: str) -> str:
    """Return what the :class:`BlindIndex` of this column holds for the text; spaces and width do not matter."""
    plain = "".join(unicodedata.normalize("NFKC", text).split()).casefold()
    return keyring().index(plain, kind=f"{model._meta.label_lower}:{column}") if plain else ""


class Sealed:
    """A value as it rests. It opens through its row only; taken for a text, it objects."""

    __slots__ = ("data",)

    def __init__(self, data: bytes | memoryview):
        self.data = bytes(data)

    def __repr__(self):
        return "<sealed>"

    def _objects(self, *_) -> NoReturn:
        raise TypeError("a sealed column is read off its row, not by values()")

    __str__ = __format__ = __eq__ = __lt__ = __len__ = __iter__ = __hash__ = _objects  # type: ignore[assignment]


class Opened(str):
    """A text read off its row; it remembers how it rests, so that saving the row does not write it anew."""

    about: str
    data: bytes

    @classmethod
    def of(cls, text: str, about: str, data: bytes) -> "Opened":
        opened = cls(text)
        opened.about, opened.data = about, data
        return opened


class _Attribute(DeferredAttribute):
    """Opens on reading. Assigning what stands there already changes nothing."""

    def __get__(self, row, cls=None):
        value = super().__get__(row, cls)
        if isinstance(value, Sealed):
            value = row.__dict__[self.field.attname] = self.field.opened(value, row)
        return value

    def __set__(self, row, value):
        known = row.__dict__.get(self.field.attname)
        if type(value) is str and isinstance(known, Sealed | Opened) and self.__get__(row) == value:
            return
        row.__dict__[self.field.attname] = value


class _Col(Col):
    """A sealed column may be fetched; nothing can be ordered or worked out by it."""

    def resolve_expression(self, *_, **__):
        raise FieldError(f"{self.target} is sealed: sort what was read off the rows")


class _Question:
    """What a sealed column does answer to the database: whether anything is there."""

    def process_lhs(self, compiler, connection, lhs=None):
        lhs = lhs or self.lhs
        if isinstance(lhs, _Col):
            lhs = Col(lhs.alias, lhs.target, lhs.output_field)
        return super().process_lhs(compiler, connection, lhs)


class _IsNull(_Question, IsNull):
    pass


class _IsEmpty(_Question, Exact):
    def get_prep_lookup(self):
        if self.rhs != "":
            raise FieldError(f"{self.lhs.output_field} is sealed: search by its blind index")
        return super().get_prep_lookup()


class SealedText(models.BinaryField):
    """
    A text that rests as AES-256-GCM under the keys of the settings.

    It is bound to its table, its column and its row, so a value copied to another place does not open there. The row is
    named by ``about``: columns that never change and are known before the row is first written. That is the primary key
    where it is random; where the database counts, something else that is unique.
    """

    # What the type checker reads: the column holds bytes, the attribute is text.
    _pyi_private_set_type: str
    _pyi_private_get_type: str

    descriptor_class = _Attribute

    def __init__(self, *args: Any, about: tuple[str, ...] = ("pk",), **options: Any):
        self.about = tuple(about)
        super().__init__(*args, **options)

    def deconstruct(self):
        name, path, args, options = super().deconstruct()
        return name, path, args, {**options, "about": self.about}

    def opened(self, value: Sealed, row: models.Model) -> str:
        """:raises cryptography.exceptions.InvalidTag: altered, or brought here from another place"""
        if not value.data:
            return ""
        about = self._place(row)
        return Opened.of(keyring().open(value.data, about=about), about, value.data)

    def pre_save(self, row, add):
        text = getattr(row, self.attname)
        if text is None or text == "":
            return text
        about = self._place(row)
        if not isinstance(text, Opened) or text.about != about:
            text = Opened.of(str(text), about, keyring().seal(str(text), about=about))
            row.__dict__[self.attname] = text
        return Sealed(text.data)

    def from_db_value(self, value, _expression, _connection):
        return None if value is None else Sealed(value)

    def get_db_prep_value(self, value, connection, prepared=False):
        if value is None:
            return None
        if isinstance(value, Sealed):
            return connection.Database.Binary(value.data)
        if value in ("", b""):
            return connection.Database.Binary(b"")
        raise TypeError(f"{self} is sealed: it is written by saving its row")

    def get_default(self):
        return super(models.BinaryField, self).get_default()

    def to_python(self, value):
        return value

    def get_lookup(self, lookup_name):
        if lookup_name == "exact":
            return _IsEmpty
        if lookup_name == "isnull":
            return _IsNull
        raise FieldError(f"{self} is sealed: search by its blind index")

    def get_col(self, alias, output_field=None):
        return _Col(alias, self, output_field or self)

    def _place(self, row) -> str:
        keys = [getattr(row, column) for column in self.about]
        if None in keys:
            raise ValueError(f"{self} is sealed for its row, which has no {self.about} yet")
        return f"{row._meta.label_lower}:{','.join(map(str, keys))}:{self.name}"


class BlindIndex(models.CharField):
    """
    By what a sealed text's exact words are found again: a keyed digest, written whenever the row is saved.

    Whoever saves the sealed column by ``update_fields`` names this one as well.
    """

    def __init__(self, *args: Any, of: str, **options: Any):
        self.of = of
        super().__init__(*args, **{"max_length": 32, "blank": True, "editable": False, "db_index": True, **options})

    def deconstruct(self):
        name, path, args, options = super().deconstruct()
        return name, path, args, {**options, "of": self.of}

    def pre_save(self, row, add):
        value = index_of(type(row), self.of, getattr(row, self.of) or "")
        setattr(row, self.attname, value)
        return value


@lru_cache(maxsize=4)
def _parsed(seal_keys: str, index_key: str) -> KeyRing:
    return KeyRing.parse(seal_keys, index_key)
