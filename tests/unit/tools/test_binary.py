"""Binary data is refused, and no text is, in whatever encoding people wrote it."""

# ruff: noqa: RUF001 - letters of one script look like those of another

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.engine import UnreadableDocument
from desktop.tools.reading.decode import decode

EVERY_BYTE = range(1, 256)
HIGH = range(128, 256)
LAYOUT = b"\t\n\v\f\r"

WESTERN = (
    "Größe über Maß: naïve Straße, schöne Grüße aus Köln. L'été dernier, déjà vu à la plage, ça coûte 3 £ «net».\n"
    "ÜBERSICHT ÀÉÎÕ ¿Qué mañana? São João comeu pão.\tØystein så blåbær på åsen; þetta er gæði.\n"
)
CYRILLIC = (
    "Съешь же ещё этих мягких французских булок, да выпей чаю. ДОГОВОР № 17: стороны пришли к соглашению.\n"
    "Итого к оплате — 1 250 рублей; срок поставки: до 3 марта включительно. Подпись, печать.\n"
)
CENTRAL = "Zażółć gęślą jaźń. Příliš žluťoučký kůň úpěl ďábelské ódy. Árvíztűrő tükörfúrógép. ŁÓDŹ, ČESKÉ BUDĚJOVICE.\n"
GREEK = "Ξεσκεπάζω την ψυχοφθόρα βδελυγμία. Η συμφωνία υπογράφηκε στην ΑΘΗΝΑ χθες το πρωί, με κόστος 30.\n"
TURKISH = "Pijamalı hasta yağız şoföre çabucak güvendi. İSTANBUL'da ölçüm sonuçları: yüzde 30 artış.\n"
BALTIC = "Įlinkdama fechtuotojo špaga sublykčiojusi pragręžė apvalų arbūzą. Glāžšķūņa rūķīši dzērumā čiepj.\n"
HEBREW = "דג סקרן שט בים מאוכזב ולפתע מצא לו חברה. החוזה נחתם אתמול בירושלים, בסכום של 30.\n"
ARABIC = "نص حكيم له سر قاطع وذو شأن عظيم مكتوب على ثوب أخضر. وقع الطرفان الاتفاق أمس في القاهرة.\n"
THAI = "เป็นมนุษย์สุดประเสริฐเลิศคุณค่า กว่าบรรดาฝูงสัตว์เดรัจฉาน สัญญาฉบับนี้ทำขึ้นที่กรุงเทพมหานคร\n"
JAPANESE = (
    "いろはにほへと散りぬるを、我が世たれぞ常ならむ。契約書は昨日、東京で署名されました。\n"
    "カタカナの単語とﾊﾝｶｸも混ざります。合計金額は税込で一万二千円、納期は三月十日です。\n"
)
CHINESE = (
    "天地玄黄，宇宙洪荒。日月盈昃，辰宿列张。合同于昨日在上海签订，总价为一万二千元。\n"
    "研究人员发现，睡眠不足会影响记忆与判断；报告建议每晚休息八小时。附件一：价格表。\n"
)
TRADITIONAL = (
    "天地玄黃，宇宙洪荒。日月盈昃，辰宿列張。合約於昨日在臺北簽訂，總價為一萬二千元。\n"
    "研究人員發現，睡眠不足會影響記憶與判斷；報告建議每晚休息八小時。附件一：價格表。\n"
)
KOREAN = (
    "키스의 고유조건은 입술끼리 만나야 하고 특별한 기술은 필요치 않다. 계약서는 어제 서울에서 서명했습니다.\n"
    "연구진은 수면 부족이 기억과 판단에 영향을 준다고 밝혔다. 총액은 부가세를 포함하여 만 이천 원입니다.\n"
)
TABLE = "╔══════════╤═══════╗\n║ Größe    │    12 ║\n╟──────────┼───────╢\n║ ░▒▓ Länge│ 3 ½ ≈ ║\n╚══════════╧═══════╝\n"

ENCODINGS = {
    WESTERN: ("cp1252", "iso-8859-1", "iso-8859-15", "cp850", "mac_roman"),
    CYRILLIC: ("koi8-r", "cp1251", "iso-8859-5", "cp866", "mac_cyrillic"),
    CENTRAL: ("cp1250", "iso-8859-2", "cp852"),
    GREEK: ("cp1253", "iso-8859-7", "cp737"),
    TURKISH: ("cp1254", "iso-8859-9", "cp857"),
    BALTIC: ("cp1257", "iso-8859-13", "iso-8859-4"),
    HEBREW: ("cp1255", "iso-8859-8", "cp862"),
    ARABIC: ("cp1256", "iso-8859-6"),
    THAI: ("cp874", "iso-8859-11"),
    JAPANESE: ("shift_jis", "cp932", "euc_jp", "iso2022_jp_3"),
    CHINESE: ("gb18030", "gbk", "gb2312"),
    TRADITIONAL: ("big5", "cp950", "gb18030"),
    KOREAN: ("euc_kr", "cp949", "johab"),
    TABLE: ("cp437", "cp850"),
}
WIDE = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be")
ENCODED = [(text, encoding) for text, encodings in ENCODINGS.items() for encoding in (*encodings, *WIDE)]


@pytest.mark.parametrize(("text", "encoding"), ENCODED)
@pytest.mark.parametrize("times", [1, 3, 4000])
def test_text_is_read_in_any_encoding_and_length(text: str, encoding: str, times: int) -> None:
    data = (text * times).encode(encoding, "ignore")
    read = decode(data, "a.txt")
    assert read.count("\n") == text.count("\n") * times
    if encoding in WIDE:
        assert read == text * times


@given(st.data())
def test_any_stretch_of_text_is_read_with_what_printers_and_terminals_leave(data: st.DataObject) -> None:
    text, encoding = data.draw(st.sampled_from(ENCODED))
    words = data.draw(st.lists(st.sampled_from(text.split()), min_size=1, max_size=400))
    marks = ("\f", "\x1b[1;31mred\x1b[0m", "\x1b]0;title\a", "overstru\bck", "one\vtwo")
    mark, at = data.draw(st.sampled_from(marks)), data.draw(st.integers(0, len(words)))
    end = data.draw(st.sampled_from(("", "\n", "\x1a", "\r\n\x1a\x1a\x1a")))
    written = " ".join([*words[:at], mark, *words[at:]]) + end
    decode(written.encode(encoding, "ignore"), "a.txt")


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "cp932", "big5", "euc_kr", "euc_jp"])
def test_text_that_was_cut_within_a_character_is_read(encoding: str) -> None:
    whole = (JAPANESE if "jp" in encoding or encoding == "cp932" else KOREAN if "kr" in encoding else CHINESE) * 9
    data = whole.encode(encoding, "ignore").rstrip()
    for left in range(len(data) - 8, len(data)):
        decode(data[:left], "a.txt")


def test_a_log_with_stray_zeros_is_no_utf_16() -> None:
    for text in (WESTERN, CYRILLIC, CHINESE):
        data = (text * 5).encode()
        with pytest.raises(UnreadableDocument, match="binary data"):
            decode(data[:100] + b"\0\0\0\0" + data[100:], "a.log")


@pytest.mark.parametrize("times", [1, 2, 1000])
@pytest.mark.parametrize(
    "magic",
    [b"\x89PNG\r\n\x1a\n", b"\x7fELF\x02\x01\x01", b"\x1f\x8b\x08\x08", b"\x93NUMPY\x01", b"OggS\x02", b"\x1b\xff\xfe"],
)
def test_what_binary_files_begin_with_is_refused(magic: bytes, times: int) -> None:
    with pytest.raises(UnreadableDocument, match=r"a\.txt holds binary data") as caught:
        decode(magic * times, "a.txt")
    assert caught.value.hint


@pytest.mark.parametrize(
    "values",
    [
        range(256),
        EVERY_BYTE,
        HIGH,
        [*HIGH, *range(1, 32)],
        [*HIGH, *LAYOUT],
        [*HIGH, *LAYOUT, 0x1A, 0x1B, 7, 8],
        [*HIGH, *range(32, 127), *LAYOUT],
    ],
    ids=["all", "all but zero", "high", "high and controls", "high and layout", "high and usual", "high and ASCII"],
)
@given(st.integers(0, 2**32), st.integers(250, 20_000))
def test_bytes_without_sense_are_refused(values: list[int], seed: int, size: int) -> None:
    data = bytes(random.Random(seed).choices(values, k=size))  # noqa: S311 - only to look random
    if not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        with pytest.raises(UnreadableDocument, match="binary data"):
            decode(data, "a.txt")


def test_a_few_bytes_beyond_ascii_get_the_benefit_of_the_doubt() -> None:
    assert decode(bytes(HIGH)[:50], "a.txt")
