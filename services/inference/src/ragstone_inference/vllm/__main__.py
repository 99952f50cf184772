"""Run vLLM: ``python -m ragstone_inference.vllm``, or show the command it would be started with: ``... render``."""

import argparse
import asyncio
import shlex
import sys

from pydantic import ValidationError

from ragstone_inference.vllm.launch import arguments, command
from ragstone_inference.vllm.server import serve
from ragstone_inference.vllm.settings import VllmSettings
from ragstone_kit.logs import configure_logs


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m ragstone_inference.vllm", description="Settings: RAGSTONE_VLLM__*."
    )
    parser.add_argument("do", choices=("run", "render"), nargs="?", default="run")
    parser.add_argument("--as", dest="form", choices=("shell", "yaml"), default="shell", help="what render writes")
    options = parser.parse_args()
    try:
        settings = VllmSettings()  # type: ignore[call-arg]  # the environment fills what has no default
    except ValidationError as error:
        sys.exit(str(error))
    if options.do == "render":
        sys.stdout.write(rendered(settings, options.form))
        return
    configure_logs(settings.log_level)
    asyncio.run(serve(settings))


def rendered(settings: VllmSettings, form: str) -> str:
    """The command for a shell, or what vLLM's own image is given as ``command`` (compose) and ``args`` (Kubernetes)."""
    if form == "shell":
        return shlex.join(command(settings)) + "\n"
    given = ["--model", settings.model, *arguments(settings)]
    return "".join(f"- {_quoted(argument)}\n" for argument in given)


def _quoted(argument: str) -> str:
    """Single quotes, in which YAML knows no escapes."""
    return "'" + argument.replace("'", "''") + "'"


if __name__ == "__main__":
    main()
