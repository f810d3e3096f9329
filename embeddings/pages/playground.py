"""The playground: two inputs side by side, their price before and after, and how alike they are."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from accounts.pages.door import TeamRequest, team_page
from accounts.playground_key import playground_caller
from accounts.roles import May
from aurous.http.caller import Caller
from aurous.kernel.errors import AurousError
from aurous.kernel.ids import new_id
from aurous.ui.once import spent
from embeddings import playground as operation
from embeddings.catalog import served
from embeddings.pages.code_samples import Sample, samples
from embeddings.pages.playground_form import PlaygroundForm
from embeddings.pages.vector_drawing import Drawing, drawn
from embeddings.playground import Quote, Result
from embeddings.quoting import Prepared

NAMES = {"a": "First input", "b": "Second input"}


@dataclass(frozen=True, slots=True)
class Side:
    """What became of one input: a quote, a result, or an error of the contract."""

    name: str
    quote: Quote | None = None
    result: Result | None = None
    drawing: Drawing | None = None
    samples: tuple[Sample, ...] = ()
    error: AurousError | None = None


@team_page(May.SPEND, post=May.SPEND)
def playground(request: TeamRequest) -> HttpResponse:
    """GET: the form. POST: an estimate, or the vectors where ``act`` is ``embed``."""
    models = served()
    if request.method != "POST":
        return _page(request, PlaygroundForm(models=models))
    form = PlaygroundForm(request.POST, request.FILES, models=models)
    if not form.is_valid():
        return _page(request, form)
    wants = request.POST.get("act") == "embed"
    bodies = form.bodies()
    if not bodies:
        if wants:
            form.add_error("text_a", "Write a text or choose a file.")
        return _page(request, form)
    if wants and spent(request):
        form.add_error(None, "These were embedded already. Press Embed for another request.")
        return _page(request, form)
    try:
        caller = playground_caller(request.team.id, actor=request.actor)
    except AurousError as error:
        form.add_error(None, error.message)
        return _page(request, form)
    ask = _embedded if wants else _estimated
    sides = [ask(request, side, body, caller) for side, body in bodies.items()]
    return _page(request, form, sides=sides, alike=_alike(sides))


def _estimated(request: TeamRequest, side: str, body: dict[str, Any], caller: Caller) -> Side:
    try:
        return Side(NAMES[side], quote=_quote(body, caller)[1])
    except AurousError as error:
        return Side(NAMES[side], error=error)


def _embedded(request: TeamRequest, side: str, body: dict[str, Any], caller: Caller) -> Side:
    try:
        prepared, quote = _quote(body, caller)
        result = operation.run(
            prepared, caller, request_id=new_id("req"), user=f"user_{request.user.pk}"
        )
    except AurousError as error:
        return Side(NAMES[side], error=error)
    return Side(NAMES[side], quote, result, drawn(result.vector), tuple(samples(body)))


def _quote(body: dict[str, Any], caller: Caller) -> tuple[Prepared, Quote]:
    prepared = operation.read(body, caller)
    return prepared, operation.quote(prepared, caller.team_id)


def _alike(sides: list[Side]) -> float | None:
    results = [side.result for side in sides if side.result is not None]
    if len(results) != len(NAMES):
        return None
    return operation.similarity(results[0].vector, results[1].vector)


def _page(request: TeamRequest, form: PlaygroundForm, **more: Any) -> HttpResponse:
    """The whole page, or for htmx what stands under the form."""
    name = "result" if request.headers.get("HX-Request") else "page"
    context = {"form": form, "models": served(), **more}
    return render(request, f"dashboard/playground/{name}.html", context)
