"""Forms: declared as fields, shown with their faults beside them, carried out once however often they are sent."""

from portal.forms.carrying_out import RECEIPT_ENDED, Carried, carry_out
from portal.forms.fields import Choice, Field, Form
from portal.forms.filled import Filled, sound_key

__all__ = ["RECEIPT_ENDED", "Carried", "Choice", "Field", "Filled", "Form", "carry_out", "sound_key"]
