# The targets people type. CI runs the same ones (see .ci/run).
GO ?= go

.PHONY: build binaries docs test update lint bench bench-ship fuzz e2e e2e-olm

build: ## the binary, in bin/opc
	$(GO) build -trimpath -ldflags '-s -w' -o bin/opc ./cmd/opc

PLATFORMS ?= linux/amd64 linux/arm64 darwin/amd64 darwin/arm64
binaries: ## the binary for each platform as an archive, with checksums, in bin/release (needs GNU tar)
	@rm -rf bin/release && mkdir -p bin/release
	@set -e; for platform in $(PLATFORMS); do \
		os=$${platform%/*}; arch=$${platform#*/}; dir=$$(mktemp -d); \
		CGO_ENABLED=0 GOOS=$$os GOARCH=$$arch $(GO) build -trimpath -ldflags '-s -w' -o $$dir/opc ./cmd/opc; \
		cp LICENSE README.md $$dir; \
		tar --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 --mode=u=rwX,go=rX -C $$dir -cf - . | gzip -n > bin/release/opc_$${os}_$$arch.tar.gz; \
		rm -r $$dir; \
	done
	@cd bin/release && sha256sum *.tar.gz > checksums.txt && cat checksums.txt

docs: ## the documentation as a site with search, in bin/docs (compiles the generator once, which takes minutes)
	cd docs/site && $(GO) tool hugo --cleanDestinationDir --noBuildLock --destination ../../bin/docs

test: ## every test that needs no cluster
	$(GO) test ./...

update: ## regenerate golden trees, scripts and generated docs; read the difference before you commit it
	OPC_UPDATE=1 $(GO) test ./...

lint: ## formatting, vet, staticcheck and maprange (from the module in tools), and modules that are tidy
	@test -z "$$(gofmt -l .)" || { gofmt -l .; exit 1; }
	$(GO) vet -tags cold ./...
	$(GO) tool -modfile=tools/go.mod staticcheck -tags cold ./...
	cd tools && $(GO) test ./... && $(GO) build -o ../bin/maprange ./maprange
	$(GO) vet -vettool=$(CURDIR)/bin/maprange ./...
	$(GO) mod tidy -diff
	cd tools && $(GO) mod tidy -diff
	cd e2e && $(GO) vet -tags olm ./... && $(GO) mod tidy -diff

bench: ## load, lower, emit, the proof, the whole compile with it and without, opc diff, build and publish (set OPC_SHARED for the pairs of a corpus)
	$(GO) test -run '^$$' -bench . -benchmem ./schema ./compiler/... ./emit/... ./publish ./cmd/opc/internal/cli ./cmd/opc/internal/build

bench-ship: ## build the example and publish it to a real registry, cold and warm, beside ko (builds both first)
	cd e2e && $(GO) test -run '^$$' -bench Ship -benchtime 3x -timeout 2h ./registry

FUZZTIME ?= 20s
fuzz: ## each fuzz target for FUZZTIME
	@for pkg in $$($(GO) list ./...); do \
		for target in $$($(GO) test -list '^Fuzz' $$pkg 2>/dev/null | grep '^Fuzz'); do \
			echo "$$pkg $$target"; $(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x $$pkg || exit 1; \
		done; \
	done

e2e: ## what compiles without a cache, an install on a real control plane, a real registry (a module of its own; builds it once, which takes minutes)
	$(GO) test -v -count=1 -timeout 45m -tags cold -run '^(TestSameSourceOtherUser|TestExampleRuns)$$' ./publish
	cd e2e && $(GO) test -v -count=1 -timeout 45m ./...

e2e-olm: ## let OLM v0 and OLM v1 install and upgrade, from the catalog (builds both once, which takes long)
	cd e2e && $(GO) test -v -count=1 -timeout 90m -tags olm ./olm
