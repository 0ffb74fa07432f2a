"""Events pushed to connected systems (推送) as Standard Webhooks: signed, in order per key, tried again for days.

Where an endpoint stands is a position per source; what it is still owed is a row per event, planned in the same
transaction that moves the position. The words of an event are read from its source when it is handed to a dispatcher,
under the rights of that moment, so that nothing is sent that was erased or is no longer the receiver's.
"""
