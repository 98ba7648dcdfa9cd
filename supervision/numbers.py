"""
Telephone and identity numbers in texts that people have typed, as they are usually written. Pure.

What is meant to be found: with or without spaces, dashes, brackets and +86, also right behind a word. What is meant to
stay: days, years, doses, standards, numbers of papers, and the short numbers that everybody may call (120, 12345).
A name cannot be told from any other word; whoever gives a file away reads it.
"""

import re

# Full-width signs stand for their plain ones, sign for sign, so that places in the text stay the same.
_PLAIN = str.maketrans("０１２３４５６７８９（）＋－．　Ｘｘ", "0123456789()+-. Xx")
_GAP = r"[ \t\u00a0\-\u2010-\u2015\u2212~_.·•]"
_BREAK = rf"{_GAP}{{1,3}}"
_ANY = rf"{_GAP}{{0,3}}"
_TINY = rf"{_GAP}?"
_COUNTRY = rf"(?:\(?(?:\+|00)?86\)?{_ANY})?"
_FIRST = r"(?:\(1[3-9]\d\)|1[3-9]\d)"
_MOBILE = "|".join((
    rf"{_FIRST}{_ANY}\d{{4}}{_ANY}\d{{4}}",  # 138 1234 5678, 13812345678, (138)12345678
    rf"{_FIRST}{_BREAK}\d{{3}}{_BREAK}\d{{5}}",  # 138-123-45678
    rf"{_FIRST}{_BREAK}\d{{5}}{_BREAK}\d{{3}}",
    rf"1[3-8]\d\d{_BREAK}\d{{3}}{_BREAK}\d{{4}}",  # 1381 234 5678; not from 19, where years begin
    rf"1[3-9]\d{{3}}{_BREAK}\d{{6}}",  # 13812 345678
    rf"1[3-9]\d{{4}}{_BREAK}\d{{5}}",  # 138123 45678
))  # fmt: skip
_AREA = r"(?:10|2\d|[3-9]\d\d)"
_LOCAL = rf"[2-8]\d{{2,3}}{_ANY}\d{{4}}"  # seven or eight digits, in one or two parts
_LANDLINE = rf"(?:\(0{_AREA}\)|0{_AREA}){_ANY}{_LOCAL}|\(?(?:\+|00)86\)?{_ANY}\(?0?{_AREA}\)?{_ANY}{_LOCAL}"
_HOTLINE = rf"[48]00{_ANY}(?:\d{{3}}{_ANY}\d{{4}}|\d{_BREAK}\d{{3}}{_BREAK}\d{{3}}|\d{{4}}{_ANY}\d{{3}})"
_HOTLINE += rf"|[48]00\d{_BREAK}\d{{3}}{_BREAK}\d{{3}}"
_YEAR = rf"(?:1{_TINY}[89]|2{_TINY}0){_TINY}\d{_TINY}\d"
_DAY = rf"(?:0{_TINY}[1-9]|1{_TINY}[0-2]){_TINY}(?:0{_TINY}[1-9]|[12]{_TINY}\d|3{_TINY}[01])"
_CARD = rf"\d{{17}}[\dXx]|[1-9](?:{_TINY}\d){{5}}{_TINY}{_YEAR}{_TINY}{_DAY}(?:{_TINY}\d){{3}}{_TINY}[\dXx]"
_OLD_CARD = rf"[1-9]\d{{5}}{_TINY}\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]){_TINY}\d{{3}}"
_DOSE = rf"(?!{_ANY}(?:(?:m[lLg]|IU|kcal)(?![A-Za-z])|毫升|毫克|千卡))"  # 每日 400 800 1200 ml
_NUMBER = re.compile(rf"(?<!\d)(?:{_CARD}|{_OLD_CARD}|{_COUNTRY}(?:{_MOBILE})|{_LANDLINE}|{_HOTLINE})(?!\d){_DOSE}")


def replaced(text: str, by: str) -> str:
    """The text with ``by`` in the place of each number."""
    made, end = [], 0
    for found in _NUMBER.finditer(text.translate(_PLAIN)):
        made += [text[end : found.start()], by]
        end = found.end()
    return "".join([*made, text[end:]])
