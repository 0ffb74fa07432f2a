"""A filing goes over a few short pages: what was answered so far, and the one key under which it will be filed.

Only answers to closed questions and names of organs stand here; what happened and who complains is typed on the last
page and goes to the service at once. The key is made with the first page: after a lost connection or the back button
the same filing comes again under the same key, and is one.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from portal.filing.sealed import PLACES, sealed_cookies
from portal.forms import Filled, Form
from portal.look import page

EARLIER = "earlier"
"""The hidden field of each page: the answers it was shown for, whatever another window has done since."""
_TERM = timedelta(hours=2)


@dataclass(frozen=True)
class Draft:
    answers: Mapping[str, Any] = field(default_factory=dict)
    key: str = field(default_factory=lambda: uuid4().hex)
    told: Mapping[str, Any] = field(default_factory=dict)
    """What the services said of it, as the page shows it: a page that comes again needs to ask nobody."""

    def filled(self, form: Form) -> Filled:
        known = {each.name: self.answers[each.name] for each in form.fields if each.name in self.answers}
        return Filled(form, known, key=self.key)

    def body(self, *forms: Form) -> dict[str, Any]:
        """As these forms send it."""
        body: dict[str, Any] = {}
        for form in forms:
            body |= self.filled(form).body()
        return body

    def answers_all(self, *forms: Form) -> bool:
        needed = [each for form in forms for each in form.fields if each.required and each.kind != "yes-no"]
        return all(self.answers.get(each.name) for each in needed)


@dataclass(frozen=True)
class Journey:
    """name: of its cookie."""

    name: str

    @property
    def start(self) -> str:
        return PLACES[self.name]

    @property
    def _field(self) -> str:
        """Not its cookie's name: neither can be passed off as the other."""
        return f"{self.name} {EARLIER}"

    def draft(self, request: Request) -> Draft | None:
        found = sealed_cookies(request).find(request, self.name)
        return None if found is None else Draft(**found)

    async def shown(self, request: Request, template: str, draft: Draft, filled: Filled, status: int = 200) -> Response:
        """One of its pages; what the template needs besides the form is `draft.told`."""
        earlier = sealed_cookies(request).seal(self._field, asdict(draft))
        return await page(request, template, status=status, filled=filled, earlier=earlier, **draft.told)

    def sent(self, request: Request, data: FormData, *forms: Form, told: str = "") -> Draft | None:
        """What the page was shown for that this comes from; None where that was another page of the journey.

        forms: answered before it. told: what it alone was told, of `draft.told`.
        """
        found = sealed_cookies(request).unseal(self._field, str(data.get(EARLIER) or ""))
        draft = None if found is None else Draft(**found)
        of_this_page = draft is not None and draft.answers_all(*forms) and (not told or told in draft.told)
        return draft if of_this_page else None

    def keep(self, request: Request, response: Response, draft: Draft) -> None:
        now: datetime = request.app.state.clock()
        sealed_cookies(request).put(
            response, self.name, {"answers": dict(draft.answers), "key": draft.key}, now + _TERM
        )

    def forget(self, request: Request, response: Response) -> None:
        sealed_cookies(request).forget(response, self.name)

    def go(self, path: str = "") -> Response:
        """To one of its pages."""
        return RedirectResponse(self.start + path, 303, {"Cache-Control": "no-store"})

    async def answered(self, request: Request, draft: Draft, filled: Filled, template: str, onward: str) -> Response:
        """A page's answers join the draft and lead `onward`; where one is wrong, the page comes again with it."""
        if filled.faults or filled.message:
            filled = filled.refused(filled.faults, filled.message or "有内容需要填写或修改。")
            return await self.shown(request, template, draft, filled, 422)
        response = self.go(onward)
        self.keep(request, response, replace(draft, answers={**draft.answers, **filled.values}))
        return response
