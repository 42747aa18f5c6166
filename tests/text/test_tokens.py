"""Words equal jieba's, with one user dictionary in both."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuju.text.tokens import cut
from shuju.text.user_dictionary import (
    frequencies,
    import_jieba,
    jieba_tokenizer,
    names_in,
    user_words,
    write_user_dictionary,
)

LIKE_JIEBA = [
    "",
    "a",
    "我们小区的物业费太高了，请领导重视！",
    "长沙市岳麓区望城坡街道",
    "日期2016.1.4，电话0731-12345678转8001",
    "房价1.5万/平，涨了3.4%。",
    "e-mail:a_b@x.com，见http://www.example.com/a?b=1&c=2",
    "C++和c#，还有AT&T、K歌、B超、T恤、5G网络",
    "A市A5县A3区",
    "第一行\r\n第二行\n\n第三行\u3000\t完",
    "……——《》“”",
    "---___...%%%&&&###+++",
    "龦鿖鿗㐀𠀀都是罕见字，豈",
    "\ufeff\u200b零宽\u200d字符😀",
    "Ａ１市全角ＡＢＣ",
    "1" * 500,
    "的" * 300,
    "孤立的代理\ud800字符",
    "\x00\x01控制\x7f符",
]


@pytest.mark.parametrize("text", LIKE_JIEBA)
def test_words_are_jiebas(text: str) -> None:
    assert cut([text])[0] == jieba_tokenizer().lcut(text)


@given(
    st.text(alphabet=st.sampled_from("的一市区学校划分农民工资aZ05.%-_+#& ，。\r\n龦😀\u3000"), max_size=40)
)
def test_nothing_is_lost_and_latin_is_cut_as_jieba_cuts_it(text: str) -> None:
    words = cut([text])[0]
    assert "".join(words) == text
    assert all(words)
    signs = [w for w in words if w.isascii()]
    assert signs == [w for w in jieba_tokenizer().lcut(text) if w.isascii()]


def test_missing_text_has_no_words() -> None:
    assert cut([None, "", "学校"]) == [[], [], ["学校"]]
    assert cut([]) == []


@pytest.mark.parametrize("word", ["祁阳市", "文艺路街道", "发改委", "公租房", "农民工工资"])
def test_user_dictionary_is_in_both(word: str) -> None:
    text = f"请问{word}的事"
    assert word in user_words()
    assert word in cut([text])[0]
    assert word in jieba_tokenizer().lcut(text)


def test_extra_words_reach_both_and_only_where_asked() -> None:
    text = "丽发新城小区的湘就业计划COVID-19"
    extra = ("丽发新城小区", "COVID-19")
    assert "丽发新城小区" not in cut([text])[0]
    assert {"丽发新城小区", "COVID-19"} <= set(cut([text], extra)[0])
    assert cut([text], extra)[0] == jieba_tokenizer(extra).lcut(text)


@pytest.mark.parametrize("word", ["", "字", "两 词", "句，号", "换\n行"])
def test_what_cannot_be_a_word_is_refused(word: str) -> None:
    with pytest.raises(ValueError, match="不能作为词"):
        cut(["文"], (word,))


def test_names_between_title_marks() -> None:
    titles = [
        "关于印发《湖南省优化营商环境规定》的通知",
        "解读《湖南省优化营商环境规定》",
        "《甲》",
        None,
        "转发《只此一次》",
    ]
    assert names_in(titles) == ("湖南省优化营商环境规定",)
    assert names_in(titles, at_least=1) == ("只此一次", "湖南省优化营商环境规定")
    assert names_in([]) == ()


def test_dictionary_file_gives_jieba_the_same_words(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    write_user_dictionary(path)
    loaded = import_jieba().Tokenizer()
    loaded.initialize()
    with path.open("rb") as file:
        loaded.load_userdict(file)
    assert all(loaded.FREQ[word] == frequency for word, frequency in frequencies())
    text = "文艺路街道办事处和祁阳市教育局"
    assert loaded.lcut(text) == cut([text])[0]


@pytest.mark.real
def test_real_letters_are_cut_as_jieba_cuts_them(real_data: Path) -> None:
    frame = pd.read_csv(real_data / "letters_tipdm2020c" / "附件2_labelled_dev.csv")
    texts = frame["留言详情"].sample(1000, random_state=1).tolist()
    expected = [jieba_tokenizer().lcut(text) for text in texts]
    assert sum(a == b for a, b in zip(cut(texts), expected, strict=True)) >= 999
