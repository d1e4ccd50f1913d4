"""A citizen finds the file that the counter keeps by its phone, in « My account » (P7, P8)."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from rdv.engine.booking import partners
from rdv.tokens import code_for
from tests.citizens import letters
from tests.conftest import Make
from tests.portal.conftest import Visitor

PHONE = "+33639981205"


@pytest.fixture
def sms(make: Make, tmp_path: Path) -> None:
    """SMS leave from this town, and the counter keeps a file of Léa."""
    make.office.settings.sms_url = f"file:{tmp_path}"
    make.do(partners.add_partner, name="DURAND Léa", phone=PHONE)


def code_sent(make: Make) -> str:
    word = letters(make.office, PHONE)[-1][1]["code"]["word"]
    return code_for(make.office.settings.seal, "new_email", word)


def give(visitor: Visitor, code: str) -> int:
    [token] = visitor.values("demande")
    return visitor.post("/compte/dossier/code", demande=token, telephone=PHONE, code=code).status_code


def test_p7_the_file_of_the_counter_is_found_by_phone(make: Make, sms: None, lea: Visitor) -> None:
    make.book("Guichet 1", "2017-04-06T09:00", partner="C000001")
    assert "09:00" not in lea.get("/rendez-vous").text
    lea.get("/compte")
    assert "Find my file" in lea.text
    assert lea.post("/compte/dossier", telephone="06 39 98 12 05").status_code == 200
    assert "06 39 98 12 05" in lea.text and code_sent(make) not in lea.text
    assert give(lea, "0" if code_sent(make) == "000000" else "000000") == 422
    assert "not the one that was sent" in lea.text
    assert give(lea, code_sent(make)) == 200
    assert "Your file is found" in lea.text and "Receive a code" not in lea.text
    assert "09:00" in lea.get("/rendez-vous").text


def test_p7_the_answer_is_the_same_whether_a_file_has_the_number_or_not(
    make: Make, sms: None, lea: Visitor, visit: Callable[[], Visitor]
) -> None:
    pages = []
    for phone in ("06 39 98 12 05", "06 39 98 12 99"):
        lea.post("/compte/dossier", telephone=phone)
        page = lea.page
        assert page is not None
        seen = re.sub(r'value="[^"]{40,}"', "", page.text)  # sealed: chance decides how well it is compressed
        pages.append((page.status_code, lea.text.replace(phone, "…"), len(seen)))
    assert pages[0] == pages[1]
    lea.post("/compte/dossier", telephone="12")
    assert lea.page is not None and lea.page.status_code == 422 and "Find my file" in lea.text
    stranger = visit().sign_up("max@example.org", "BOIS Max")
    stranger.post("/compte/dossier", telephone="06 39 98 12 05")
    assert "is on its way" in stranger.text
    assert make.rows("SELECT status FROM notice WHERE address = :a ORDER BY id", a=PHONE) == [
        ("waiting",),
        ("dropped",),
    ]


def test_p8_codes_are_guessed_a_few_times_and_asked_for_a_few_times(make: Make, sms: None, lea: Visitor) -> None:
    lea.post("/compte/dossier", telephone=PHONE)
    right = code_sent(make)
    wrong = f"{(int(right) + 1) % 10**6:06}"
    page = lea.page
    for _ in range(5):
        lea.page = page
        assert give(lea, wrong) == 422
    lea.page = page
    assert give(lea, right) == 429
    assert "tried too often" in lea.text
    assert make.rows("SELECT count(*) FROM partner WHERE merged_into_id IS NOT NULL") == [(0,)]
    for n in range(4):
        assert lea.post("/compte/dossier", telephone=f"06 39 98 12 1{n}").status_code == 200
    assert lea.post("/compte/dossier", telephone="06 39 98 12 15").status_code == 429


def test_p7_it_is_not_offered_where_no_sms_leave(lea: Visitor) -> None:
    lea.get("/compte")
    assert "Find my file" not in lea.text
    lea.post("/compte/dossier", telephone=PHONE)
    assert lea.page is not None and lea.page.status_code == 422
    assert "no such page" in lea.text
