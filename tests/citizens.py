"""Citizens for tests: signed up through the links that the outbox holds, as their mail would bring them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import col, select

from rdv.engine.citizens import account_links, accounts
from rdv.engine.office import Office
from rdv.engine.views.portal import SignedIn
from rdv.store.tables import Message
from rdv.terms import VISITOR, Actor
from rdv.tokens import seal
from tests.conftest import PARIS, Make

PASSWORD = "un long mot de passe"


def paris(wall: str) -> datetime:
    """Return a time in Paris."""
    return datetime.fromisoformat(wall).replace(tzinfo=PARIS)


def letters(office: Office, address: str) -> list[tuple[str, dict[str, Any]]]:
    """Return the messages to an address that is in no file, oldest first: kind and facts."""
    with office.database.read() as session:
        found = session.exec(select(Message).where(Message.address == address).order_by(col(Message.id)))
        return [(one.kind, one.facts) for one in found]


def link_for(office: Office, address: str) -> tuple[str, str]:
    """Return path and token of the latest link sent to an address."""
    asked: dict[str, Any] = letters(office, address)[-1][1]["link"]
    until = office.clock() + timedelta(hours=asked["hours"])
    token = seal(office.settings.seal, asked["purpose"], asked["facts"], until=until)
    return asked["path"].format(token=token), token


@dataclass
class Person:
    """A citizen with an account."""

    make: Make
    session: SignedIn
    email: str

    @property
    def actor(self) -> Actor:
        """Return the actor for this citizen."""
        return Actor.citizen(self.seen.code)

    @property
    def seen(self) -> Any:
        """Return the account as it is now."""
        return self.make.do(accounts.who, by=VISITOR, account=self.session.account, version=self.session.version)

    def do(self, function: Any, **given: Any) -> Any:
        """Run a use case as this citizen."""
        return self.make.office.run(function, self.actor, **given)


def sign_up(make: Make, email: str = "lea@example.org", name: str = "DURAND Léa", **more: Any) -> Person:
    """Sign a citizen up: request a link, read the mail, fill in the form."""
    office = make.office
    office.run(account_links.ask_link, VISITOR, email=email)
    _path, token = link_for(office, email)
    made = office.run(account_links.sign_up, VISITOR, token=token, name=name, **more)
    return Person(make, made, email)
