# What a developer, CI and the README call. `make help` lists it.
#
# Everything runs as any user, root or not, and keeps what it makes in target/ and .sandbox/. Rust (see
# rust-toolchain.toml), a C compiler and make are all that must be there: a database server is found or unpacked.

CARGO   ?= cargo
SANDBOX := $(CARGO) run --quiet --package sandbox --

# A server program of another kind for the demo and the acceptance: mariadb, mysql or oceanbase
ENGINE  ?= mariadb

# Where `make install` takes the programs from, below what it puts them, and where systemd finds units: below another
# prefix than /usr and /usr/local it does not look for them
RELEASE ?= target/release
PREFIX  ?= /usr/local
UNITDIR ?= $(PREFIX)/lib/systemd/system

.DEFAULT_GOAL := help
.PHONY: help build static dist install demo demo-reset test test-engines test-schema test-browser screenshots openapi \
    check check-deps check-docs check-deploy alert-rules acceptance backtest bench bench-api fuzz picture

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## Build the two programs and the sandbox, optimised, into target/release
	@# The API by itself: built together, cargo would give it what only the batch may have.
	$(CARGO) build --release --locked -p analytics-api
	$(CARGO) build --release --locked -p analytics-batch -p sandbox

static: ## Build the two programs as they are released, static and the same wherever it is done
	deploy/release/cargo.sh build --release --locked -p analytics-api
	deploy/release/cargo.sh build --release --locked -p analytics-batch

dist: static ## Make a release of what is checked out: dist/restaurant-analytics-VERSION-x86_64-linux.tar.gz
	@deploy/release/dist.sh

# It starts nothing: docs/deployment.md says what to fill in first.
install: ## Put the programs of `make build` and their systemd units into place (PREFIX, UNITDIR, DESTDIR)
	install -D -m 755 -t '$(DESTDIR)$(PREFIX)/bin' '$(RELEASE)/analytics-api' '$(RELEASE)/analytics-batch'
	install -D -m 644 -t '$(DESTDIR)$(UNITDIR)' deploy/systemd/*.service deploy/systemd/*.timer
	sed -i 's|/usr/local/bin/|$(PREFIX)/bin/|' '$(DESTDIR)$(UNITDIR)'/restaurant-analytics-*.service
	install -d -m 755 '$(DESTDIR)/etc/restaurant-analytics/api' '$(DESTDIR)/etc/restaurant-analytics/batch'

demo: build ## Run everything on a sample restaurant and say what to open (Ctrl-C ends it; data is kept)
	target/release/sandbox --engine $(ENGINE) demo $(DEMO_FLAGS)

demo-reset: ## Remove the data of the demo
	$(SANDBOX) demo --reset

# The last line tells when the second half was not run. Exit code 3 of `provision` means just that; tests that fail
# fail the target on either engine.
test: ## Run every test on a private MariaDB, and the programs' again on a private MySQL
	$(SANDBOX) --engine mariadb provision
	$(CARGO) test --workspace --locked
	@status=0; found=$$($(SANDBOX) --engine mysql provision) || status=$$?; echo "$$found"; \
	if [ $$status -eq 0 ]; then \
	    SANDBOX_ENGINE=mysql $(CARGO) test --locked -p analytics-batch -p analytics-api; \
	elif [ $$status -ne 3 ]; then \
	    exit $$status; \
	fi

ENGINES ?= mariadb mysql oceanbase

# The tests of the batch that say what every engine must do: its tables and grants, figures equal to an independent
# computation however they are read, order_db only read, one writer, and runs that were killed or stopped. The API's are
# all run. What an engine cannot be tested for stands in the test.
PORTABLE := engines:: oracle::figures::every_row oracle::jobs oracle::only_reads oracle::rebuild oracle::reruns \
    oracle::nights::the_first migrations::an_empty migrations::the_old migrations::a_first_run migrations::a_newer \
    accuracy::a_rerun interrupted::at_any_moment killed::a_run_on_an_empty

# As in `make test`, whose two halves hold these tests as well: exit code 3 of `provision` skips an engine, and the last
# lines tell which.
test-engines: ## Run one suite on private servers of every engine: make test-engines ENGINES=oceanbase
	@skipped=''; for engine in $(ENGINES); do \
	    status=0; found=$$($(SANDBOX) --engine $$engine provision) || status=$$?; echo "$$found"; \
	    if [ $$status -eq 3 ]; then skipped="$$skipped$$found\n"; continue; fi; \
	    [ $$status -eq 0 ] || exit $$status; \
	    SANDBOX_ENGINE=$$engine $(CARGO) test --locked -p analytics-batch --test batch -- $(PORTABLE) || exit 1; \
	    SANDBOX_ENGINE=$$engine $(CARGO) test --locked -p analytics-api --test api || exit 1; \
	done; printf "%b" "$$skipped"

# Exit code 3 means that Schemathesis cannot be had, as its last line says.
test-schema: build ## Ask the API what its OpenAPI document allows, and much that it does not, by Schemathesis
	@status=0; target/release/sandbox --engine $(ENGINE) test-schema $(SCHEMA_FLAGS) || status=$$?; \
	[ $$status -eq 0 ] || [ $$status -eq 3 ]

# Exit code 3 means that no client of MySQL can be had, as the last line says.
check-docs: build ## Run the commands of README.md and docs/ as they are printed: make check-docs DOCS=security
	@status=0; target/release/sandbox --engine $(ENGINE) check-docs --only '$(DOCS)' || status=$$?; \
	[ $$status -eq 0 ] || [ $$status -eq 3 ]

# As in `make test`, exit code 3 of the provisioning means that a browser cannot be had, as its last line says.
test-browser: build ## Drive the dashboard in a real Chromium, the machine's or one unpacked into .sandbox/
	@status=0; found=$$(target/release/sandbox provision-browser) || status=$$?; echo "$$found"; \
	if [ $$status -eq 0 ]; then \
	    $(CARGO) test --locked -p analytics-api --features browser --test browser; \
	elif [ $$status -ne 3 ]; then \
	    exit $$status; \
	fi

screenshots: build ## Take the screenshots of docs/images anew, of the sample restaurant on a fixed day
	target/release/sandbox provision-browser
	SCREENSHOTS='$(CURDIR)/docs/images' $(CARGO) test --locked -p analytics-api --features browser --test browser screenshots

openapi: ## Write docs/openapi.json anew from the program, unless clients would lose something that it told of
	$(CARGO) test --quiet --locked -p analytics-api --test api openapi::snapshot::it_only_grows
	$(CARGO) run --quiet --locked -p analytics-api -- --openapi > target/openapi.json
	mv target/openapi.json docs/openapi.json

check: check-deps ## Check format, lints, dependencies, licences and which crate may know which
	$(CARGO) fmt --all -- --check
	$(CARGO) clippy --workspace --all-targets --features analytics-api/browser --locked -- -D warnings
	@echo "The API must not be able to read order_db"
	@tree=$$($(CARGO) tree --locked -p analytics-api -e features,normal) || exit 1; \
	! echo "$$tree" | grep 'domain feature "order_db"'
	@echo "The sandbox checks the programs and must share no code with them"
	@tree=$$($(CARGO) tree --locked -p sandbox -e normal,dev --prefix none) || exit 1; \
	! echo "$$tree" | grep -E '^(domain|runtime) '
	@echo "Sales, forecast, calendar and money know no database and no executor"
	@! grep -rnwE 'diesel|diesel_async|tokio|analytics_db|order_db' \
	    crates/domain/src/sales crates/domain/src/forecast crates/domain/src/calendar.rs crates/domain/src/money.rs
	@echo "all checks passed"

check-deps: ## Check what the programs are built of by cargo-deny: licences, sources, known faults (in .sandbox/)
	@deploy/check/dependencies.sh

check-deploy: ## Check images, compose, Kubernetes, systemd, alerts and shell with their own tools (in .sandbox/)
	@deploy/check/run.sh

alert-rules: ## Write the alerts for the Prometheus operator anew from deploy/prometheus/rules.yaml
	deploy/check/operator-rules.sh > deploy/k8s/monitoring/rules.yaml

# Each is the restaurant's zone, the zone that its orders are written in, and the hour at which its day starts.
HARD_CALENDARS := UTC,UTC,0 Europe/Paris,Europe/Paris,4 Europe/Paris,UTC,2 Asia/Kathmandu,Asia/Kathmandu,4 \
    Australia/Lord_Howe,America/New_York,3

# Without DATA: two years of the sample restaurant, and made-up hard rows by several calendars.
acceptance: build ## Check every figure of real orders: make acceptance DATA=folder EXPECT="revenue=817860.05 ..."
ifdef DATA
	target/release/sandbox --engine $(ENGINE) acceptance --data '$(DATA)' \
	    $(foreach figure,$(EXPECT),--expect '$(figure)')
else
	target/release/sandbox --engine $(ENGINE) acceptance
	@for calendar in $(HARD_CALENDARS); do \
	    IFS=,; set -- $$calendar; echo "hard rows in $$1, written in $$2, days from $$3:00"; \
	    target/release/sandbox --engine $(ENGINE) acceptance --hard \
	        --timezone $$1 --orders-timezone $$2 --day-start $$3 || exit 1; \
	done
endif

backtest: build ## Make the table of docs/forecasting.md again from data of your own: make backtest DATA=folder
	@test -n '$(DATA)' || { echo 'Name the folder: make backtest DATA=folder. docs/forecasting.sh says what it holds' >&2; exit 64; }
	@docs/forecasting.sh target/release/analytics-batch '$(DATA)'

picture: build ## Draw the pictures of docs/forecasting.md again: the sample restaurant's forecasts against its figures
	target/release/sandbox picture docs/forecast-days.svg
	target/release/sandbox picture docs/forecast-hours.svg --hourly

bench: build ## Measure the batch against the best SQL that does the same, at three sizes: make bench BENCH_FLAGS="--years 3"
	target/release/sandbox --engine $(ENGINE) bench $(BENCH_FLAGS)

bench-api: build ## Measure the API against a bare actix-web server: make bench-api BENCH_FLAGS="--rounds 3"
	$(CARGO) build --release --locked -p sandbox --example bare
	target/release/sandbox --engine $(ENGINE) bench-api $(BENCH_FLAGS)

TARGET  ?= query
SECONDS ?= 300

# With the versions that the programs are built with. Leaks are not looked for: actix-router keeps the names of a path's
# parameters for good, once a program, and that is taken for a leak of the first input.
fuzz: ## Look for input that breaks the API, with cargo-fuzz: make fuzz TARGET=tokens SECONDS=60
	cp Cargo.lock fuzz/Cargo.lock
	@# What it makes up goes into the first folder, and not into the one that is kept.
	mkdir -p target/fuzz/$(TARGET)
	cd fuzz && ASAN_OPTIONS=detect_leaks=0 $(CARGO) +nightly fuzz run $(TARGET) \
	    ../target/fuzz/$(TARGET) corpus/$(TARGET) -- -max_total_time=$(SECONDS) -max_len=4096
