# One command for each thing that is done here; `make` lists them.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS += --no-print-directory

# A tagged tree names its release. Without a tag the binary names the revision that Go stamped into it.
VERSION := $(shell git describe --tags --dirty 2>/dev/null)
LDFLAGS := $(if $(VERSION),-X main.release=$(VERSION))

# The first line of .golangci.yml pins the linter. It is built once, since that takes minutes, and kept out of go.mod.
LINT_VERSION := $(shell sed -n '1s/.*\(v[0-9.]*\)$$/\1/p' .golangci.yml)
LINT := bin/tools/golangci-lint-$(LINT_VERSION)

# The checker of known vulnerabilities, likewise.
VULN_VERSION := v1.1.4
VULN := bin/tools/govulncheck-$(VULN_VERSION)

FUZZTIME ?= 30s

# Folders of test files that have a line of this form. A package without such a line has no such flag, target or tag.
packages = $$(grep -rlE --include='*_test.go' '$(1)' $(or $(2),.) | xargs -r -n1 dirname | sort -u)

# Flags of the programs behind bench-peers and bench-scale, such as BENCH='-pairs 10'.
BENCH ?=

.PHONY: help build demo test race lint fix pure golden fuzz vuln nightly bench bench-peers bench-scale e2e e2e-clients e2e-browser e2e-small e2e-large e2e-single e2e-docker e2e-long gallery check clean

## help: this list
help:
	@sed -n 's/^## //p' Makefile | awk -F': ' '{printf "  %-12s %s\n", $$1, $$2}'

## build: bin/kbench
build:
	go build -trimpath -ldflags '$(LDFLAGS)' -o bin/kbench ./cmd/kbench

## demo: build, then run the quickstart on the embedded broker, which is not Kafka
# Exit code 4 says that this machine was too busy for the numbers to be trusted; the demo is about seeing them.
demo: build
	bin/kbench run quickstart || [ $$? -eq 4 ]

## test: unit tests; no Java, no Docker, no network
test:
	go test -timeout 5m ./...

## race: the same with the race detector, but for commands whose goroutines are those of other commands that are run
plain = ^Test(CIDocument|Documents)$$$$|^TestScripts$$$$/^(ab|clients|compare|complete|convert|doctor|outputs|plan|search)$$$$
race:
	go test -race -timeout 10m -skip '$(plain)' ./...

## lint: golangci-lint at the version that .golangci.yml pins
lint: $(LINT)
	$(LINT) run ./...

## fix: let the linter mend what it can, formatting too
fix: $(LINT)
	$(LINT) run --fix ./...

$(LINT):
	GOBIN=$(CURDIR)/bin/tools CGO_ENABLED=0 go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)
	mv bin/tools/golangci-lint $@

## pure: what is built without a C compiler, here and for another system
pure:
	CGO_ENABLED=0 go build ./...
	CGO_ENABLED=0 GOOS=darwin GOARCH=arm64 go build ./...
	CGO_ENABLED=0 GOOS=darwin GOARCH=arm64 go vet ./...

## golden: write the golden files anew; git diff then shows what changed
golden:
	go test $(call packages,flag.Bool."update") -update

## fuzz: each fuzz target for FUZZTIME (30s)
fuzz:
	@for pkg in $(call packages,^func Fuzz); do \
		targets=$$(go test -list '^Fuzz' "$$pkg" | grep '^Fuzz'); \
		for target in $$targets; do \
			echo "$$pkg $$target"; \
			go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) "$$pkg"; \
		done; \
	done

## vuln: known vulnerabilities that the code here can meet, by govulncheck; asks vuln.go.dev
vuln: $(VULN)
	$(VULN) ./...

$(VULN):
	GOBIN=$(CURDIR)/bin/tools go install golang.org/x/vuln/cmd/govulncheck@$(VULN_VERSION)
	mv bin/tools/govulncheck $@

## nightly: vuln, and each fuzz target for a minute; 50 minutes
nightly: vuln
	$(MAKE) fuzz FUZZTIME=60s

## bench: every Go benchmark, among them what kbench itself costs a record
bench:
	go test -run '^$$' -bench . -benchmem $(call packages,^func Benchmark)

## bench-peers: kbench beside bare loops and Kafka's own tools, into docs/performance.md; needs Java 17 and Maven, takes half an hour
bench-peers: build
	go run ./bench/peers $(BENCH)

## bench-scale: kbench with more producers, partitions, bytes, minutes and records kept, into docs/performance.md; needs the same
bench-scale: build
	go run ./bench/scale $(BENCH)

## e2e: tests on Apache Kafka that they start themselves, and in a browser; needs Java 17, Maven, Chromium and npm
# What is in make test too is not run again. What counts, and measures no time, shares the machine, first what needs one node at
# most, then the rest: more at once, and brokers that starve fail tests. settings and single set their environment, so theirs go one
# after the other. What measures has the machine to itself in the end.
alone = go test -tags e2e -count 1 -timeout 38m ./e2e
small = ^Test(Crash|Live|OneNode|Outputs)
large = ^Test(AcksUnderFailure|Integrity|Scenarios|ThreeNodes|Versions)
settings = ^Test(Documents|OwnCluster)
single = ^Test(Secured|Transactions)
e2e:
	$(MAKE) --no-print-directory -j 3 -O e2e-clients e2e-browser e2e-small
	$(MAKE) --no-print-directory -j 2 -O e2e-single e2e-large
	$(alone) -skip '^TestDocker|$(settings)|$(small)|$(large)|$(single)'

e2e-clients:
	go test -tags e2e -count 1 -p 2 -timeout 20m -run '^Test(Kafka|Java)' $(call packages,^//go:build e2e,./internal)
	$(alone) -run '$(settings)'

e2e-browser:
	go test -tags e2e -count 1 -timeout 15m ./e2e/browser

e2e-small:
	$(alone) -parallel 4 -run '$(small)'

e2e-large:
	$(alone) -parallel 2 -run '$(large)'

e2e-single:
	$(alone) -run '$(single)'

## e2e-docker: the engine docker and kbench's own image, on a docker daemon that the test starts; needs Debian, root, docker.io
# Nothing of it may be skipped, whatever this machine lacks.
e2e-docker:
	KBENCH_NEED=docker go test -tags e2e -count 1 -timeout 30m -v -run '^TestDocker' ./e2e

## e2e-long: the gate against itself and against known differences, and the search for a known rate, on Apache Kafka; 40 minutes
e2e-long:
	go test -tags 'e2e e2e_long' -count 1 -timeout 60m -v -run '^TestLong' ./e2e

## gallery: docs/scenarios-gallery.md, from runs on an Apache Kafka of their own; an hour, or ONLY=NAME of one, REPEATS=N of each
gallery:
	REPEATS=$(REPEATS) KEEP=$(KEEP) go test -tags 'e2e e2e_gallery' -count 1 -timeout 180m -v -run '^TestGallery$$//^$(ONLY)' ./e2e

## check: what must pass before a change is merged; ends by showing what is not committed
check: lint race pure
	git diff --exit-code

## clean: remove what was built
clean:
	rm -rf bin
