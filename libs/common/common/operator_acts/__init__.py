"""What operators did, hash-chained in the database that they did it to, in the transaction of the act itself."""

from common.operator_acts.routes import operator_acts_router
from common.operator_acts.store import Act, forget_reasons, record

__all__ = ["Act", "forget_reasons", "operator_acts_router", "record"]
