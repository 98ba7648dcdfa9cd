"""
Numbers that people and institutions carry: what their form alone can say.

A right form proves nothing about the person. The platform keeps three facts apart: form checked (here), original
seen by staff, compared with the police or a face service (002 五(八), 004 三(八)).

The county code of a resident identity number is never looked up: numbers are for life, and old people carry codes
of counties abolished long ago (310224 川沙县, 310225 南汇县, 310119 南汇区, 310103 卢湾区, 310108 闸北区 and more).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Literal

Sex = Literal["male", "female", ""]

# The kinds a patient may register under, in the order in which the form offers them.
DOCUMENT_KINDS: dict[str, str] = {
    "resident_id": "居民身份证",
    "residence_permit": "港澳台居民居住证",
    "foreign_pr": "外国人永久居留身份证",
    "hkmo_permit": "港澳居民来往内地通行证",
    "tw_permit": "台湾居民来往大陆通行证",
    "passport": "护照",
    "household_register": "户口簿（儿童）",
    "birth_certificate": "出生医学证明",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """
    What the form of a number says.

    ``value`` is the normalised number, also when it is refused, so that a page can show what was understood.
    ``message`` says why it is refused; ``warning`` asks for a second look at a number that is accepted.
    """

    ok: bool
    value: str
    message: str = ""
    warning: str = ""
    birth: date | None = None
    sex: Sex = ""
    version: str = ""
    origin: str = ""


def check(kind: str, value: str, *, today: date) -> Verdict:
    """
    Judge any text as a number of this kind; no text makes it raise.

    :raises ValueError: there is no such kind (a mistake of the program, not of the person)
    """
    try:
        judge = _JUDGES[kind]
    except KeyError:
        raise ValueError(f"no identity kind {kind!r}") from None
    number = normalise(value)
    if not number:
        return Verdict(False, "", f"请填写{_ASKED[kind]}。")
    return judge(number, today)


def normalise(value: str) -> str:
    """Full-width to half-width, without spaces, hyphens and invisible characters, in upper case."""
    narrow = value.translate(_FULL_WIDTH)
    return _SEPARATORS.sub("", narrow).upper()


def check_character(body: str) -> str:
    """The 18th character of a citizen number, from its first 17 digits (ISO 7064 MOD 11-2, GB 11643-1999)."""
    return "10X98765432"[sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True)) % 11]


def mask_identity(value: str) -> str:
    """``3101**********0044``; a shorter number shows a quarter at each end at most."""
    shown = min(4, len(value) // 4)
    return value[:shown] + "*" * (len(value) - 2 * shown) + value[len(value) - shown :]


def mask_phone(value: str) -> str:
    """``138****2217``, and ``021****5678`` for a landline."""
    return f"{value[:3]}****{value[7:]}" if len(value) == 11 else mask_identity(value)


def mask_name(value: str) -> str:
    """``王*芳``, ``李*``: the family name stays, so that staff can address the person."""
    if len(value) <= 2:
        return value[:1] + "*" if len(value) == 2 else "*" * len(value)
    return value[0] + "*" * (len(value) - 2) + value[-1]


_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
# White space, the hyphens and dashes that phones and Word put into numbers, zero-width and directional marks.
_SEPARATORS = re.compile(r"[\s\-\u00ad\u200b-\u200f\u2010-\u2015\u202a-\u202e\u2060\u2212\ufeff]")

_WEIGHTS = tuple(2 ** (17 - place) % 11 for place in range(17))
_PROVINCE = re.compile(r"1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[12]")
_RESIDENCE_PERMIT_ORIGINS = {"810000": "HK", "820000": "MO", "830000": "TW"}
_EARLIEST_BIRTH = date(1900, 1, 1)
_AGE_OF_OWN_CARD = 16  # 居民身份证法 第二条: citizens of sixteen and over apply for a card


# --- Citizen numbers: 6 address + 8 birth + 3 sequence + 1 check ---


def _birth(number: str, today: date) -> date | None:
    digits = number[6:14]
    try:
        born = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None
    return born if _EARLIEST_BIRTH <= born <= today else None


def _citizen_number(number: str, today: date, *, name: str, origin: str = "") -> Verdict:
    """The part that every 18-character citizen number shares; the caller has judged shape and address."""
    born = _birth(number, today)
    if born is None:
        return Verdict(False, number, f"{name}号码第7到14位的出生日期不正确，请对照证件再看一遍。")
    if check_character(number[:17]) != number[17]:
        return Verdict(False, number, f"{name}号码的最后一位校验码对不上，请对照证件再看一遍。")
    sex: Sex = "male" if int(number[16]) % 2 else "female"
    return Verdict(True, number, birth=born, sex=sex, origin=origin)


def _resident_id(number: str, today: date) -> Verdict:
    if re.fullmatch(r"[0-9]{15}", number):
        return Verdict(False, number, "15位的旧身份证号码已经停用，请填写18位的公民身份号码。")
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number):
        return Verdict(False, number, "身份证号码应为18位：前17位是数字，最后一位是数字或字母X，请对照证件再看一遍。")
    if number[0] == "9":
        return Verdict(False, number, "9开头的号码属于外国人永久居留身份证，请把证件类型改选为“外国人永久居留身份证”。")
    if number[:6] in _RESIDENCE_PERMIT_ORIGINS:
        return Verdict(
            False, number, "81、82、83开头的号码属于港澳台居民居住证，请把证件类型改选为“港澳台居民居住证”。"
        )
    if not _PROVINCE.fullmatch(number[:2]):
        return Verdict(False, number, "身份证号码的前两位不是省级地区的代码，请对照证件再看一遍。")
    return _citizen_number(number, today, name="身份证")


def _household_register(number: str, today: date) -> Verdict:
    """The child's own citizen number, as printed on its page of the register."""
    if re.fullmatch(r"[A-Z][0-9]{9}", number):
        return Verdict(False, number, "这像是出生医学证明的编号，请把证件类型改选为“出生医学证明”。")
    verdict = _resident_id(number, today)
    if not verdict.ok or verdict.birth is None:
        return verdict
    born = verdict.birth
    age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    warning = "已满16周岁的公民一般持有居民身份证，请尽量登记居民身份证。" if age >= _AGE_OF_OWN_CARD else ""
    return Verdict(True, number, warning=warning, birth=born, sex=verdict.sex)


def _residence_permit(number: str, today: date) -> Verdict:
    if not re.fullmatch(r"(?:810000|820000|830000)[0-9]{11}[0-9X]", number):
        return Verdict(False, number, "居住证号码应为18位，以810000、820000或830000开头，请对照证件再看一遍。")
    return _citizen_number(number, today, name="居住证", origin=_RESIDENCE_PERMIT_ORIGINS[number[:6]])


def _foreign_pr(number: str, today: date) -> Verdict:
    """Cards of 2017 (15 characters) stay valid beside those of 2023 (18 characters, the first is 9)."""
    if re.fullmatch(r"[A-Z]{3}[0-9]{12}", number):
        return Verdict(True, number, version="2017")
    if not re.fullmatch(r"9[0-9]{16}[0-9X]", number):
        return Verdict(
            False,
            number,
            "永久居留身份证号码应为9开头的18位（2023版），或3个字母加12位数字（2017版），请对照证件再看一遍。",
        )
    verdict = _citizen_number(number, today, name="永久居留身份证")
    if not verdict.ok:
        return verdict
    # Where the 2023 version keeps the sex is not published, so it is not read off the number.
    return Verdict(True, number, version="2023", birth=verdict.birth)


# --- Travel documents, child's certificate, card ---


def _hkmo_permit(number: str, today: date) -> Verdict:
    origin = {"H": "HK", "M": "MO"}.get(number[0], "")
    if re.fullmatch(r"[HM]A[0-9]{7}", number):
        return Verdict(
            True, number, warning="这是非中国籍永久性居民的通行证样式，请工作人员对照证件人工核对。", origin=origin
        )
    if not re.fullmatch(r"[HM][0-9]{8}(?:[0-9]{2})?", number):
        return Verdict(False, number, "通行证号码应为字母H或M加8位数字（早期证件为10位数字），请对照证件再看一遍。")
    return Verdict(True, number, origin=origin)


def _tw_permit(number: str, today: date) -> Verdict:
    if not re.fullmatch(r"[0-9]{8}", number):
        return Verdict(False, number, "台湾居民来往大陆通行证号码应为8位数字，请对照证件再看一遍。")
    return Verdict(True, number, origin="TW")


def _passport(number: str, today: date) -> Verdict:
    """Loose on purpose: every country prints its own form."""
    if not re.fullmatch(r"(?=.*[0-9])[A-Z0-9]{5,15}", number):
        return Verdict(False, number, "护照号码应为5到15位字母和数字，并且至少有一位数字，请对照护照再看一遍。")
    return Verdict(True, number)


def _birth_certificate(number: str, today: date) -> Verdict:
    if not re.fullmatch(r"[A-Z][0-9]{9}", number):
        return Verdict(False, number, "出生医学证明编号应为1个字母加9位数字，请对照证明再看一遍。")
    return Verdict(True, number)


def _medical_card(number: str, today: date) -> Verdict:
    """No public rule was found for Shanghai cards. The code of the electronic voucher is short-lived: never kept."""
    if not 8 <= len(number) <= 20:
        return Verdict(False, number, "医保卡号应为8到20位，请填写卡面上的号码，不要填写医保电子凭证的二维码内容。")
    return Verdict(True, number)


# --- Telephones ---

# Ranges assigned to the public networks at the end of March 2023, without satellite and machine numbers.
_ASSIGNED_MOBILE = re.compile(
    r"1(?:3(?:[0-35-9][0-9]|4[0-8])|4[5-9][0-9]|5[0-35-9][0-9]|6[2567][0-9]|7[0-35-8][0-9]|8[0-9]{2}|9[0-35-9][0-9])"
    r"[0-9]{7}"
)


def _mobile(number: str, today: date) -> Verdict:
    number = re.sub(r"^(?:\+?86|0086)(?=1[0-9]{10}$)", "", number)
    if re.fullmatch(r"021[0-9]{8}", number):
        return Verdict(False, number, "这是固定电话号码，请填写在固定电话一栏，这里请填写手机号码。")
    if not re.fullmatch(r"1[3-9][0-9]{9}", number):
        return Verdict(False, number, "手机号码应为1开头的11位数字，请再核对一遍。")
    known = _ASSIGNED_MOBILE.fullmatch(number)
    return Verdict(True, number, warning="" if known else "这个手机号段不太常见，请再核对一遍号码。")


def _landline(number: str, today: date) -> Verdict:
    """Kept with its area code, however it was typed."""
    number = re.sub(r"[()]", "", number)
    found = re.fullmatch(r"(?:(?:\+?86|0086)?0?21)?([0-9]{8})", number)
    if not found:
        return Verdict(False, number, "固定电话应为021加8位数字，请再核对一遍。")
    return Verdict(True, "021" + found[1])


# --- Institutions and nurses ---

_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def _uscc_check(body: str) -> str:
    """GB 32100-2015."""
    total = sum(_USCC_ALPHABET.index(sign) * weight for sign, weight in zip(body, _USCC_WEIGHTS, strict=True))
    return _USCC_ALPHABET[-total % 31]


def _organisation_check(body: str) -> str:
    """GB 11714-1997: the check character of the organisation code inside the credit code."""
    total = sum(int(sign, 36) * weight for sign, weight in zip(body, _ORGANISATION_WEIGHTS, strict=True))
    return "0123456789X"[-total % 11]


def _uscc(number: str, today: date) -> Verdict:
    if len(number) != 18:
        return Verdict(False, number, "统一社会信用代码应为18位，请对照证照再看一遍。")
    if not set(number) <= set(_USCC_ALPHABET):
        return Verdict(False, number, "统一社会信用代码只含数字和大写字母，并且不用I、O、S、V、Z，请对照证照再看一遍。")
    if not re.fullmatch(r"[0-9]{6}", number[2:8]):
        return Verdict(False, number, "统一社会信用代码的第3到8位应为数字，请对照证照再看一遍。")
    if _uscc_check(number[:17]) != number[17]:
        return Verdict(False, number, "统一社会信用代码的最后一位校验码对不上，请对照证照再看一遍。")
    inner = _organisation_check(number[8:16]) == number[16]
    return Verdict(True, number, warning="" if inner else "统一社会信用代码第9到17位的校验对不上，请对照证照再看一遍。")


def _licence_no(number: str, today: date) -> Verdict:
    """9 organisation + 6 area + 2 ownership + 4 class + 1 management."""
    if not re.fullmatch(r"[0-9A-Z]{9}[0-9]{8}[A-Z][0-9]{4}", number):
        return Verdict(False, number, "医疗机构执业许可证登记号应为22位字母和数字，请对照许可证上的“登记号”再看一遍。")
    return Verdict(True, number)


def _nurse_cert(number: str, today: date) -> Verdict:
    """Sources disagree about the length, so length refuses nothing: the national register decides (002 五(二)2)."""
    if not re.fullmatch(r"[0-9A-Z]{8,20}", number):
        return Verdict(False, number, "护士执业证书编号应为8到20位字母和数字，请对照证书再看一遍。")
    usual = re.fullmatch(r"[0-9]{12,16}", number)
    return Verdict(
        True,
        number,
        warning="" if usual else "护士执业证书编号多为12到16位数字，请以国家护士电子注册系统的查询结果为准。",
    )


_ASKED = {
    "resident_id": "身份证号码",
    "residence_permit": "港澳台居民居住证号码",
    "foreign_pr": "永久居留身份证号码",
    "hkmo_permit": "通行证号码",
    "tw_permit": "通行证号码",
    "passport": "护照号码",
    "household_register": "孩子本人的公民身份号码",
    "birth_certificate": "出生医学证明编号",
    "medical_card": "医保卡号",
    "mobile": "手机号码",
    "landline": "固定电话号码",
    "uscc": "统一社会信用代码",
    "licence_no": "医疗机构执业许可证登记号",
    "nurse_cert": "护士执业证书编号",
}

_JUDGES: dict[str, Callable[[str, date], Verdict]] = {
    "resident_id": _resident_id,
    "residence_permit": _residence_permit,
    "foreign_pr": _foreign_pr,
    "hkmo_permit": _hkmo_permit,
    "tw_permit": _tw_permit,
    "passport": _passport,
    "household_register": _household_register,
    "birth_certificate": _birth_certificate,
    "medical_card": _medical_card,
    "mobile": _mobile,
    "landline": _landline,
    "uscc": _uscc,
    "licence_no": _licence_no,
    "nurse_cert": _nurse_cert,
}
