"""Workers that send at the same time and are killed (N3). No message is lost, and two workers never send the same
one. A message on its way when its worker is killed arrives at most once more, under the same Message-ID.
"""

import signal
from collections import Counter
from collections.abc import Iterator
from multiprocessing import get_context

import pytest

from rdv.engine.booking import slots
from rdv.engine.messages import history
from rdv.terms import MessageStatus
from tests.conftest import Make
from tests.engine import workers
from tests.post import PostOffice, open_post_office

NOW, WITHIN, LATER = "2017-04-04T14:35:00+00:00", "2017-04-04T14:44:00+00:00", "2017-04-04T14:46:00+00:00"
PEOPLE = 24
CONTEXT = get_context("spawn")


@pytest.fixture
def post() -> Iterator[PostOffice]:
    with open_post_office() as office:
        yield office


@pytest.fixture
def town(make: Make) -> Make:
    make.town(capacity=PEOPLE)
    for number in range(PEOPLE):
        make.book("Guichet 1", "2017-04-10T09:00", f"P{number}", email=f"p{number}@example.org")
    return make


def run(make: Make, post: PostOffice, *, now: str, killed: str = "", workers_count: int = 1) -> list[int | None]:
    """Run workers and return their exit codes."""
    url = make.office.database.url.render_as_string(hide_password=False)
    processes = [CONTEXT.Process(target=workers.send, args=(url, now, post.port, killed)) for _ in range(workers_count)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    return [process.exitcode for process in processes]


def waiting(make: Make) -> int:
    return len(make.do(history.list_messages, statuses=[MessageStatus.WAITING]))


def test_n3_many_workers_at_once_send_each_message_once(town: Make, post: PostOffice) -> None:
    town.do(slots.suspend, counter="Guichet 1", start="2017-04-10T09:00")
    assert run(town, post, now=NOW, workers_count=4) == [0] * 4
    assert Counter(post.recipients) == {f"p{number}@example.org": 2 for number in range(PEOPLE)}
    assert len(set(post.ids)) == 2 * PEOPLE
    assert waiting(town) == 0
    for box in {str(one["To"]) for one in post.messages}:
        subjects = [str(one["Subject"]) for one in post.messages if str(one["To"]) == box]
        assert ["confirmé" in subjects[0], "changer" in subjects[1]] == [True, True], "in the order of the changes"


@pytest.mark.parametrize(("killed", "twice"), [("before", 0), ("after", 1)])
def test_n3_a_killed_worker_loses_nothing_and_doubles_one_message_at_most(
    town: Make, post: PostOffice, killed: str, twice: int
) -> None:
    assert run(town, post, now=NOW, killed=killed) == [-signal.SIGKILL]
    assert len(post.boxes) == twice
    assert run(town, post, now=WITHIN) == [0]
    assert waiting(town) == 1, "the one that the killed worker had"
    assert run(town, post, now=LATER) == [0]
    assert waiting(town) == 0
    assert set(post.recipients) == {f"p{number}@example.org" for number in range(PEOPLE)}
    assert len(post.boxes) == PEOPLE + twice
    assert len(set(post.ids)) == PEOPLE, "a second one bears the identity of the first"
