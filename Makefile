# Two commands do it all: `make demo` and `make test`. `make help` lists the others.

VENV := .venv
BIN := $(VENV)/bin
DEMO := $(BIN)/xeploai evaluate policies/qd-124-2023/cases
CANDIDATES := $(or $(PYTHON),python3 python3.13 python3.12 python3.11)
UV_VERSION := 0.13.9

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test check lint install install-base install-test lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

demo: install-base ## xếp loại các hồ sơ mẫu / grade the sample cases
	@$(DEMO)

test: install-test ## chạy mọi kiểm thử / run every test (options: make test ARGS="-k quota")
	@$(BIN)/python -m pytest $(ARGS)

check: lint ## lint, soát quy tắc, kiểm thử / lint, check the policies, test
	@$(BIN)/xeploai check
	@$(BIN)/python -m pytest $(ARGS)

lint: install-test ## ruff, mypy
	@$(BIN)/ruff check .
	@$(BIN)/mypy

install: install-test ## tạo .venv với đủ công cụ / make .venv with every tool

# Runs every time: it looks at what .venv holds, not at dates, and is done at once when that is right.
install-base install-test: install-%:
	@for python in $(CANDIDATES); do \
	  if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
	    exec "$$python" requirements/install.py $*; \
	  fi; \
	done; \
	echo "Cần Python 3.11 trở lên; không thấy ở: $(CANDIDATES). Hãy cài, rồi chạy lại, hoặc chỉ ra: make PYTHON=/đường/dẫn/python3." >&2; \
	echo "Python 3.11 or newer is needed; it is none of: $(CANDIDATES). Install it and run again, or name it: make PYTHON=/path/to/python3." >&2; \
	exit 1

# Keeps the versions already locked and adds what is new; `make lock UPGRADE=--upgrade` renews them all.
lock: install-base ## tính lại các tệp khoá phiên bản / work out the lock files again
	@$(BIN)/python -m venv $(VENV)/lock
	@$(VENV)/lock/bin/python -m pip install --quiet uv==$(UV_VERSION)
	@compile="$(VENV)/lock/bin/uv pip compile --quiet --no-config --universal --python-version 3.11 $(UPGRADE) \
	  --generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command make\ lock"; \
	sh -ec "$$compile pyproject.toml --extra test --group build --output-file requirements/test.txt; \
	  $$compile pyproject.toml --constraints requirements/test.txt --output-file requirements/base.txt; \
	  $$compile --group build --constraints requirements/test.txt --output-file requirements/build.txt"

clean: ## xoá .venv và tệp tạm / remove .venv and caches
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
