# Each target calls one script; everything they install or run is in .local.

.DEFAULT_GOAL := help
.PHONY: help demo demo-page demo-stop psql test test-clients test-matrix bench lint install clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\): ## /\1|/p' $(MAKEFILE_LIST) | \
		while IFS='|' read -r name text; do printf '  make %-12s %s\n' "$$name" "$$text"; done

demo: ## install what is missing, start a private server, load data, show the dashboard
	@scripts/demo.sh

demo-page: ## open the demo's dashboard in a browser
	@scripts/demo-page.sh open

demo-stop: ## stop the demo's server and its page
	@scripts/demo-server.sh stop

psql: ## open psql on the demo's server
	@scripts/psql.sh

test: ## run every test on one PostgreSQL version
	@scripts/test.sh

test-clients: ## run only the tests of drivers, ORMs and the examples for them
	@scripts/test-clients.sh

test-matrix: ## run the tests on every supported PostgreSQL version
	@scripts/test-matrix.sh

bench: ## measure against other ways to compute the dashboard
	@scripts/bench.sh

lint: ## check formatting, lints, documentation, licences, scripts and SQL
	@scripts/lint.sh

install: ## install into an existing server: PG_CONFIG=/path/to/pg_config make install
	@scripts/install.sh

clean: ## stop the demo's server; remove .local, target and the system user
	@scripts/clean.sh
