"""The rights of an agent on types of appointments (G2)."""

from collections import defaultdict
from collections.abc import Collection, Mapping

from sqlalchemy import bindparam, select
from sqlmodel import Session

from rdv.engine.office import Work
from rdv.store.tables import TypeService, table
from rdv.terms import Right

_KEPT = table(TypeService).c
_SERVICES = select(_KEPT.type_id, _KEPT.service_id).where(_KEPT.type_id.in_(bindparam("types", expanding=True)))


def services_of_types(session: Session, types: Collection[int]) -> dict[int, frozenset[int]]:
    """Return the services that each type is reserved for; a type open to every agent is absent (G2)."""
    services: dict[int, set[int]] = defaultdict(set)
    for type_id, service_id in session.execute(_SERVICES, {"types": list(types)}):
        services[type_id].add(service_id)
    return {type_id: frozenset(ids) for type_id, ids in services.items()}


def need_on_types(work: Work, right: Right, types: Mapping[int, str]) -> None:
    """Raise NotAllowed unless the actor holds the right and a service of each type (G2): `types` are labels by id."""
    services = services_of_types(work.session, types.keys())
    for type_id, label in types.items():
        work.need_on_type(right, services.get(type_id, frozenset()), label)
