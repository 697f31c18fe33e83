# The few verbs of this project. `make help` reads the words behind `##`.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INTEROP := tests/interop
.DEFAULT_GOAL := help
# The time in every archive: the same commit makes the same bytes, anywhere and whenever.
export SOURCE_DATE_EPOCH ?= 1580601600
# uv brings certificates of its own; a company's or a lab's stand with the system's, where pip and npm look.
export UV_SYSTEM_CERTS ?= 1
# A registry that stumbles is asked again. npm even goes on without an optional package that it did not get.
export PIP_RETRIES ?= 10
export PIP_DEFAULT_TIMEOUT ?= 60
export UV_HTTP_RETRIES ?= 10
export UV_HTTP_TIMEOUT ?= 60
export npm_config_fetch_retries ?= 5
.PHONY: help setup demo test packages interop generate check review release-notes lint spec-lint types format dev pictures build bundle pins constraints client start bench wheel-smoke clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  \033[1m%-12s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/.ready: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11 …")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --editable . --group dev
	@touch $@

setup: $(VENV)/.ready ## make the virtual environment with everything in it

demo: setup ## set up, then place a call on the embedded sandbox as a real MCP client
	@$(BIN)/famulor-mcp demo

# What fails is run once more, in a process of its own, and said to have been: no release waits because of a machine that stumbled.
# A leaked secret has another exit status (tests/leaks.py): nothing is tried again after that.
PYTEST = $(BIN)/python -m pytest -q
AGAIN = { test $$? -eq 1 && printf '\n== what failed, once more\n' && $(PYTEST) --last-failed --last-failed-no-failures none

test: setup ## set up, then run the tests that need Python alone
	$(PYTEST) -m "not interop" -n auto --dist loadfile || $(AGAIN) -m "not interop"; }

$(INTEROP)/node_modules/.ready: $(INTEROP)/package.json $(INTEROP)/package-lock.json
	cd $(INTEROP) && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

packages: ## install the Debian packages that the interop tests need, where apt-get is
	@$(INTEROP)/packages.sh

interop: bundle packages ## run the tests against parts that are not Python (needs Node 20)
	$(PYTEST) -m interop -n 2 --dist loadfile $(INTEROP) || $(AGAIN) -m interop $(INTEROP); }

generate: setup ## make everything under generated/ from spec/
	$(BIN)/python -m famulor_codegen

check: setup ## fail, with a diff, if generated/ is not what spec/ says
	$(BIN)/python -m famulor_codegen --check

BASE ?= origin/main

review: setup ## what a change does to callers, people and money, against BASE=origin/main
	@$(BIN)/python -m famulor_codegen review $$(git merge-base $(BASE) HEAD || echo $(BASE)) $(ARGS)

release-notes: setup ## what VERSION=1.2.3 changes since the newest tag (or SINCE=…), for the page of the tools
	@$(BIN)/python -m famulor_codegen release $(VERSION) $(SINCE)
	@$(BIN)/python -m famulor_codegen

lint: setup $(INTEROP)/node_modules/.ready ## lint the code and the spec; changes nothing
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(MAKE) --no-print-directory spec-lint

SPEC ?= spec/famulor.yaml

spec-lint: setup $(INTEROP)/node_modules/.ready ## lint the spec: structure, words, examples, by openapi-spec-validator, Redocly and rules of ours
	@$(BIN)/python -m famulor_codegen lint --spec $(SPEC); ours=$$?; \
		REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true $(INTEROP)/node_modules/.bin/redocly lint $(SPEC) --config spec/redocly.yaml --format=stylish && exit $$ours

types: setup ## check the types, strictly
	$(BIN)/mypy

format: setup ## format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

dev: setup ## run stdio on the sandbox; regenerate and restart when server, spec or a template changes
	@$(BIN)/watchfiles --filter default --sigint-timeout 2 \
		'sh -c "$(BIN)/python -m famulor_codegen >&2 && exec $(BIN)/famulor-mcp stdio --sandbox $(ARGS)"' server spec codegen

pictures: setup packages ## make the pictures of the documents anew (needs pseudo-terminals; installs Chromium, a Debian package)
	$(BIN)/python docs/picture.py
	$(BIN)/python docs/architecture.py
	$(BIN)/python docs/screens.py

build: setup ## build the sdist and the wheel into dist/
	rm -f dist/famulor_mcp-*
	$(BIN)/python -m build --outdir dist .
	$(BIN)/twine check --strict dist/famulor_mcp-*
	$(MAKE) --no-print-directory client

bundle: build $(INTEROP)/node_modules/.ready ## make the Claude Desktop extension, dist/famulor-mcp.mcpb (needs Node 20)
	$(BIN)/python -m bundle

pins: setup ## take the newest versions for the bundle that pyproject.toml allows
	{ head -1 bundle/pins.txt && $(BIN)/uv pip compile --quiet --universal --upgrade --python-version 3.11 --no-header --no-annotate pyproject.toml; } > bundle/pins.new
	mv bundle/pins.new bundle/pins.txt

constraints: setup ## take the newest versions for the image that pyproject.toml allows
	{ head -1 deploy/constraints.txt && $(BIN)/uv pip compile --quiet --universal --upgrade --python-version 3.11 --no-header --no-annotate --extra redis --extra otel pyproject.toml; } > deploy/constraints.new
	mv deploy/constraints.new deploy/constraints.txt

client: setup ## generate a typed Python client of the API into dist/, which the tests hold against our requests
	rm -rf build/client && mkdir -p build/client dist
	$(BIN)/openapi-python-client generate --path spec/famulor.yaml --meta none --config spec/client.yaml --output-path build/client/famulor_client --fail-on-warning
	cd build/client && $(CURDIR)/$(BIN)/python -m zipfile -c $(CURDIR)/dist/famulor_client.zip famulor_client/

wheel-smoke: build ## run the wheel alone, as pip, uvx and pipx install it; build it again from the sdist: the same bytes
	rm -rf build/smoke build/again && $(PYTHON) -m venv build/smoke
	build/smoke/bin/pip install --quiet dist/famulor_mcp-*.whl
	build/smoke/bin/famulor-mcp --version
	build/smoke/bin/python -m famulor_mcp call get_me --sandbox
	$(BIN)/uvx --no-progress --from dist/famulor_mcp-*.whl famulor-mcp --version
	PIPX_HOME=build/pipx $(BIN)/pipx run --quiet --spec dist/famulor_mcp-*.whl famulor-mcp --version
	mkdir -p build/again && tar -xzf dist/famulor_mcp-*.tar.gz -C build/again --strip-components 1
	$(BIN)/python -m build --outdir build/again/dist build/again > build/again/log
	cd dist && for file in famulor_mcp-*; do cmp $$file ../build/again/dist/$$file || exit 1; done

start: setup ## run the MCP server on stdio (FAMULOR_API_KEY, or ARGS=--sandbox)
	@$(BIN)/famulor-mcp stdio $(ARGS)

bench: ## measure against a floor in the same run, as a user installs it (about a minute)
	$(PYTHON) -m venv build/bench
	build/bench/bin/pip install --quiet --upgrade "pip>=25.1"
	build/bench/bin/pip install --quiet --force-reinstall --no-deps .
	build/bench/bin/pip install --quiet .
	build/bench/bin/python -m bench

clean: ## remove what the other targets made
	rm -rf $(VENV) dist build $(INTEROP)/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis
