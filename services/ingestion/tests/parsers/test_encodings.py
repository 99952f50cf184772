from random import Random

import pytest

from ragstone_ingestion.errors import CorruptDocument
from ragstone_ingestion.parsers.encodings import decode

SAMPLES = {
    "cp1252": [
        "Der Fluß fließt über die Brücke in Köln. Ein zweiter Absatz über schöne Häuser.",
        "L’été dernier, nous avons mangé à la crêperie “Chez Noël”, près de l’église.",
        "El niño comió piñas en la montaña; ¿quién lo llevó mañana? Días después volvió.",
        "Price: £30 – that’s “cheap”. It’s been a pleasure doing business with you, as ever.",
        "Ein Café in Zürich; à la carte, señor! Größe 42, naïve Gäste, crème brûlée, año 2020.",
    ],
    "latin-1": [
        "Årsberetningen for 2021 viser at selskapet økte omsetningen på grunn av høy etterspørsel",
        "A informação está disponível na secretaria; não há previsão de alteração.",
    ],
    "cp1251": [
        "Договор поставки заключён между сторонами в городе Москве. Поставщик обязуется передать товар.",
        "Привет, мир! Это простой текст на русском языке.",
        "ОТЧЁТ о продажах за 2023 год: рост на 12% по сравнению с 2022 (product ABC-12).",
        "Договір укладено у місті Києві; її умови є чинними.",
    ],
    "koi8-r": ["Договор поставки заключён между сторонами в городе Москве. Поставщик обязуется передать товар."],
    "cp932": [
        "本日は晴天なり。会議は午後三時から東京本社の会議室で行います。資料を忘れないでください。",
        "株式会社サンプルの決算報告書。売上高は前年比で増加しました。",
        "カタカナとひらがな、漢字の混在テスト",
    ],
    "euc-jp": ["本日は晴天なり。会議は午後三時から東京本社の会議室で行います。資料を忘れないでください。"],
    "gb18030": [
        "本公司成立于一九九八年，主要从事软件开发和技术服务。合同双方应当遵守有关法律法规。",
        "会议记录：今天下午三点在北京总部召开。请大家准时参加。",
        "人工智能的发展正在改变我们的生活方式",
    ],
    "big5": [
        "本公司成立於一九九八年，主要從事軟體開發與技術服務。合約雙方應遵守相關法律規定。",
        "會議記錄：今天下午三點在台北總部召開。請大家準時參加。",
    ],
    "euc-kr": [
        "회의는 오후 세 시에 서울 본사 회의실에서 진행됩니다. 자료를 꼭 지참해 주십시오.",
        "안녕하세요, 세계! 간단한 한국어 텍스트입니다.",
    ],
    "cp1250": [
        "Zażółć gęślą jaźń. Umowa została zawarta pomiędzy stronami w Warszawie, zgodnie z prawem polskim.",
        "Příliš žluťoučký kůň úpěl ďábelské ódy. Smlouva byla uzavřena v Praze.",
    ],
    "cp1253": ["Η σύμβαση υπογράφηκε στην Αθήνα και ισχύει για τρία έτη από σήμερα."],
    "cp1254": ["Sözleşme İstanbul'da imzalandı ve üç yıl süreyle geçerlidir. Müşteri bilgileri güncellenmiştir."],
    "utf-16-le": ["plain words here", "会议记录今天下午三点\n在北京总部召开"],
    "utf-16-be": ["plain words here", "本日は晴天なり。会議は\n午後"],
    "utf-16": ["plain words here", "会议记录"],
    "utf-32": ["plain words here"],
    "utf-8": ["plain words here", "会议记录", "Überfluß"],
    "utf-8-sig": ["Überfluß"],
}
CASES = [(encoding, text) for encoding, texts in SAMPLES.items() for text in texts]


@pytest.mark.requirement("ING-8")
@pytest.mark.parametrize(("encoding", "text"), CASES)
@pytest.mark.parametrize("copies", [1, 20])
def test_text_reads_in_the_encoding_its_characters_speak_for(encoding: str, text: str, copies: int) -> None:
    whole = "\r\n".join([text] * copies)
    assert decode(whole.encode(encoding)) == whole


def test_the_first_foreign_letters_may_stand_far_behind() -> None:
    text = "plain words\n" * 50_000 + "Überfluß und Größe"
    assert decode(text.encode("cp1252")) == text


def test_a_few_broken_bytes_do_not_turn_unicode_into_something_else() -> None:
    raw = ("Größe und Überfluß\n" * 10).encode() + b"\xff broken"
    assert decode(raw) == "Größe und Überfluß\n" * 10 + "\ufffd broken"


@pytest.mark.parametrize("stray", [b"\xff", b"\xa4\xa6\xac", b"\x81\x00"])
def test_stray_bytes_in_plain_text_cost_no_more_than_themselves(stray: bytes) -> None:
    plain = "plain words, many of them\n" * 20
    assert decode(plain.encode() + stray).startswith(plain)


@pytest.mark.parametrize("noise", [Random(seed).randbytes(2000) for seed in range(5)])
def test_noise_is_in_no_encoding(noise: bytes) -> None:
    with pytest.raises(CorruptDocument):
        decode(noise)
