"""Officers' desks: lists, records and forms, made of declared data and of what the services' OpenAPI says.

A desk is a module of `tables`: rooms (one kind of thing each) with a `Listing`, a `Record` and what `creates` a new
one; operations are named `registry POST /v1/firms/{firm_id}/end`. Labels, kinds, codes and limits of fields, and
whether a change names its version, are read from the operation: `docs/generate.py` writes `operations.json` for the
operations that the desks name. What an operation does not say in Chinese stands in `words*.yaml`, and a test demands
that nothing shown is without a Chinese name, and that every writing operation is on a desk or exempt for a reason.

Addresses, all behind a sign-in and a role of the desk; the services judge every read and write anew:

    /desk                                  cards of the visitor's desks, with what waits
    /desk/{desk}/{room}                    a list, with filters
    /desk/{desk}/{room}/new/{act}          a form that makes something new
    /desk/{desk}/{room}/{key}              a record; POST opens sealed content for a purpose
    /desk/{desk}/{room}/{key}/do/{act}     a form about it; `steps.decide` is one variant of an act; `of` names a row
    /desk/{desk}/{room}/{key}/open/{what}  sealed content of a part or, with `of`, of a row: POST opens it for a purpose
    /desk/{desk}/{room}/{key}/file/{file}  a file, passed on as it comes

To add a desk: declare it in `tables`, add it to `DESKS` and to `_DESKS` of tests/contracts/test_desks.py, run
`docs/generate.py`, say what the test misses in `words*.yaml`. `Act` says what leads where, what a form begins with and
in which states it is offered; `Part.look` and `Record.template` choose a hand-made template where the generic one will
not do: there `d` (`pages.Helpers`) shows values, and `parts` hold what was read.
"""
