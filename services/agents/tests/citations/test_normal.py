from hypothesis import given
from hypothesis import strategies as st

from ragstone_agents.citations.normal import normalise


def test_spelling_of_the_same_text_makes_no_difference() -> None:
    assert normalise("The “ﬁrst”  Price —\u00a0co\u00adstly").text == normalise('the "first" price - costly').text
    assert normalise("inter-\nnational").text == normalise("international").text
    assert normalise("Cafe\u0301 **bold**").text == normalise("café bold").text
    assert normalise("5-10").text != normalise("510").text
    assert normalise("2*3").text != normalise("23").text


@given(st.text(st.sampled_from("aB1 -\n\u00ad\u0301ﬁé“*_½…"), max_size=40))
def test_every_character_knows_where_it_came_from(text: str) -> None:
    normal = normalise(text)
    assert len(normal.text) == len(normal.starts) == len(normal.ends)
    for i in range(len(normal.text)):
        start, end = normal.original(i, i + 1)
        assert 0 <= start < end <= len(text)
        assert normal.text[i] in normalise(f"1{text[start:end]}1").text
