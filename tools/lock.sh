#!/bin/sh
# Write the hashed, address-free locks from the pyproject files. Run it after changing a dependency.
set -eu
cd "$(dirname "$0")/.."
own=$(for file in libs/*/pyproject.toml services/*/pyproject.toml evals/pyproject.toml; do
    sed -n 's/^name = "\(.*\)"/--no-emit-package \1/p' "$file"
done)
lock() {
    output=$1; shift
    # shellcheck disable=SC2086
    .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
        $own --output-file "$output" "$@"
}
lean="libs/contracts/pyproject.toml libs/kit/pyproject.toml libs/clients/pyproject.toml libs/index/pyproject.toml
      $(ls services/*/pyproject.toml) evals/pyproject.toml"
# shellcheck disable=SC2086
lock requirements.lock $lean
lock requirements-dev.lock -c requirements.lock $lean libs/testing/pyproject.toml --group dev
lock requirements-cluster.lock -c requirements.lock $lean --extra cluster
lock requirements-local.lock -c requirements.lock $lean --extra local
