"""The yardstick of pages: a bare Starlette that fills in a Jinja2 template of the same weight."""

from jinja2 import Environment
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

ROWS = 110
PAGE = Environment(autoescape=True).from_string(
    "<!doctype html><title>{{ title }}</title><form>{% for row in rows %}"
    '<li><button name="creneau" value="{{ row.value }}"><span>{{ row.day }}</span> {{ row.time }}</button></li>'
    "{% endfor %}</form>"
)


async def page(request: Request) -> HTMLResponse:
    """Return a page with as many buttons as a week of free slots has, or as many as the request asks for."""
    many = int(request.query_params.get("rows", ROWS))
    rows = [{"value": f"1.1.{n}", "day": "jeudi 6 avril 2017", "time": f"{n % 24:02}:00"} for n in range(many)]
    return HTMLResponse(PAGE.render(title="Titres", rows=rows))


app = Starlette(routes=[Route("/", page)])
