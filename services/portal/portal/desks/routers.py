"""All pages of the desks. Order matters: a form's address is no record's."""

from portal.desks.acting import router as acts
from portal.desks.opening import router as openings
from portal.desks.records import router as records
from portal.desks.routes import router as lists

ROUTERS = (lists, acts, openings, records)
