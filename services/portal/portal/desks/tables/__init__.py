"""The desks as data, one module each."""

from starlette.exceptions import HTTPException

from portal.desks.declared import Desk, Room
from portal.desks.tables.discipline import DISCIPLINE
from portal.desks.tables.registry import REGISTRY
from portal.desks.tables.reporting import REPORTING
from portal.desks.tables.rights import LINKAGE, RIGHTS
from portal.visitors import Visitor

DESKS: tuple[Desk, ...] = (REGISTRY, DISCIPLINE, RIGHTS, LINKAGE, REPORTING)


def room_of(desk_name: str, room_name: str, visitor: Visitor) -> tuple[Desk, Room]:
    """Raises HTTPException: 404 where there is none, 403 where it is not the visitor's work."""
    desk = next((desk for desk in DESKS if desk.name == desk_name), None)
    room = None if desk is None else desk.room(room_name)
    if desk is None or room is None:
        raise HTTPException(404)
    if not visitor.has(*desk.roles):
        raise HTTPException(403)
    return desk, room
