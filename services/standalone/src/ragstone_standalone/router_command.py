"""``ragstone router``: the model router's routes from a terminal."""

import os
import sys

import typer

app = typer.Typer(no_args_is_help=True)


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
    help="Who would answer a request for a model, in which order, and why not the others; nothing is sent.",
)
def explain(context: typer.Context) -> None:
    # A process of its own: importing the router here would slow every other command down.
    os.execv(sys.executable, [sys.executable, "-m", "ragstone_router.explain_command", *context.args])  # noqa: S606


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
    help="What models cost when the routes file does not say it, whose figure that is and of when.",
)
def prices(context: typer.Context) -> None:
    os.execv(sys.executable, [sys.executable, "-m", "ragstone_router.prices_command", *context.args])  # noqa: S606


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
    help="Virtual keys of a router that runs alone: issue, list, disable, enable, delete.",
)
def keys(context: typer.Context) -> None:
    os.execv(sys.executable, [sys.executable, "-m", "ragstone_router.keys", *context.args])  # noqa: S606
