"""Which names are markup, and how what offices wrote is shown as text."""

import pandas as pd
import pytest

from registry.errors import RegistryError
from registry.markup import JOINER, check_plain, plain_text


@pytest.mark.parametrize(
    "name", ["京政发[2020]9号", "罚款<5%", "10:30前", "每件$5", "A_B*", "a@", "《条例》（2020）"]
)
def test_signs_that_mean_nothing_alone_are_names(name):
    check_plain(pd.DataFrame({"name": [name]}), "a.csv")


def test_the_row_and_the_sign_are_named():
    names = pd.DataFrame({"url": ["http://a", None], "name": [None, "东`x`"]})
    with pytest.raises(RegistryError, match=r"a\.csv 第 3 行「name」：东`x` 含有 `x`"):
        check_plain(names, "a.csv")


def test_what_is_text_for_people_stays_as_it_is():
    assert plain_text("东罚〔2021〕1号，10:30") == "东罚〔2021〕1号，10\\:30"
    assert plain_text("a\n\tb  c") == "a b c"


def test_a_sign_that_nobody_sees_breaks_what_is_read_after_escaping():
    assert plain_text("http://a") == f"http\\:{JOINER}//a"
    assert plain_text("www.a") == f"www{JOINER}.a"
    assert plain_text("a@b.c") == f"a@{JOINER}b.c"
    assert plain_text(":smile:") == f"\\:{JOINER}smile\\:"
