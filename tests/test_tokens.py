"""Signed tokens: they cannot be changed, used for another purpose, or used after they expire."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rdv.terms import Invalid, Refused
from rdv.tokens import kept_secret, seal, unseal

NOW = datetime(2017, 4, 4, 14, 35, tzinfo=UTC)
SECRET = "a secret of this test"


def test_what_was_sealed_is_read_back_until_its_time() -> None:
    token = seal(SECRET, "link", {"appointment": 12}, until=NOW + timedelta(hours=1))
    assert unseal(SECRET, "link", token, now=NOW) == {"appointment": 12}
    with pytest.raises(Refused) as told:
        unseal(SECRET, "link", token, now=NOW + timedelta(hours=1))
    assert told.value.error == "seal_expired"


@pytest.mark.parametrize(
    "spoil", [lambda t: t[:-1], lambda t: "x" + t, lambda t: "", lambda t: "é\x00", lambda t: t + ".a"]
)
def test_a_changed_token_opens_nothing(spoil: object) -> None:
    token = seal(SECRET, "link", {"appointment": 12}, until=NOW + timedelta(hours=1))
    with pytest.raises(Invalid) as told:
        unseal(SECRET, "link", spoil(token), now=NOW)  # type: ignore[operator]
    assert told.value.error == "seal_broken"


def test_another_purpose_or_another_secret_opens_nothing() -> None:
    token = seal(SECRET, "link", {"appointment": 12}, until=NOW + timedelta(hours=1))
    for secret, purpose in ((SECRET, "session"), ("another", "link")):
        with pytest.raises(Invalid):
            unseal(secret, purpose, token, now=NOW)


def test_the_secret_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "data" / "secret"
    made = kept_secret(file)
    assert (kept_secret(file), len(made) > 40) == (made, True)
    assert file.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in file.parent.iterdir()] == ["secret"]
