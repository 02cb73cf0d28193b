# Two commands do it all: `make demo` and `make test`. `make help` lists the others.

VENV := .venv
BIN := $(VENV)/bin
BENCH := build/bench/venv
CASES := policies/qd-124-2023/cases
CANDIDATES := $(or $(PYTHON),python3 python3.13 python3.12 python3.11)
# The extras of what the README shows, so that all of it works after `make demo`.
SHOWN := editor format forms html population proof serve watch
UV_VERSION := 0.13.9
LOCK = build/lock/bin/uv pip compile --quiet --no-config --universal --python-version 3.11 $(UPGRADE) \
  --generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

# Sets the shell's $python to the first candidate that is new enough, or says what is missing and stops.
define FIND_PYTHON
for python in $(CANDIDATES); do \
  "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && break; \
  python=; \
done; \
if [ -z "$$python" ]; then \
  echo "Cần Python 3.11 trở lên, mà không có trong: $(CANDIDATES). Hãy cài, hoặc chỉ ra: make PYTHON=/đường/dẫn" >&2; \
  echo "Python 3.11 or newer is needed, and is none of: $(CANDIDATES). Install it, or name it: make PYTHON=/path" >&2; \
  exit 1; \
fi
endef

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo studio test test-spark check names lint bench install install-base install-test install-spark lock clean

help: ## danh sách này / this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

demo: install-base ## xếp loại các hồ sơ mẫu / grade the sample cases
	@echo "── một hồ sơ, đầy đủ / one case in full ──"
	@$(BIN)/xeploai evaluate $(CASES)/07-leader-one-task-short.json
	@echo
	@echo "── mọi hồ sơ mẫu, rút gọn / every sample case in brief ──"
	@$(BIN)/xeploai evaluate $(CASES) --brief

studio: install-base ## mở trang làm việc trong trình duyệt / open the studio in the browser
	@test -d build/studio/cases || { mkdir -p build/studio && cp -R $(CASES) build/studio/cases; }
	@$(BIN)/xeploai serve --policies policies --cases build/studio/cases --open $(ARGS)

test: install-test ## chạy mọi kiểm thử / run every test (options: make test ARGS="-k quota")
	@$(BIN)/python -m pytest -n auto --dist loadfile $(ARGS)

test-spark: install-spark ## kiểm thử trên một phiên Spark thật / test on a real Spark session (500 MB; needs Java 17)
	@$(BIN)/python -m pytest tests/population/test_spark.py $(ARGS)

names: install-base ## ghi lại schemas/names.schema.json để trình soạn thảo gợi ý tên / renew the names that editors complete
	@$(BIN)/xeploai schema --names -o schemas/names.schema.json

check: lint ## lint, soát quy tắc, chứng minh, sửa thử, kiểm thử / lint, check the policies, prove, mutate, test
	@$(BIN)/xeploai check
	@$(BIN)/xeploai prove
	@$(BIN)/xeploai test --mutate --fail-under 100
	@$(BIN)/python -m pytest -n auto --dist loadfile $(ARGS)

lint: install-test ## ruff, mypy, xeploai format
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/xeploai format --check
	@$(BIN)/xeploai schema --names | cmp -s - schemas/names.schema.json \
	  || { echo "schemas/names.schema.json: hãy chạy / run: make names" >&2; exit 1; }

bench: $(BENCH)/installed.txt ## đo cạnh các công cụ khác / measure beside other tools (make bench ARGS=--quick)
	@$(BENCH)/bin/python -m bench.run $(ARGS)

# What it is compared with goes into a folder of its own, never into .venv.
$(BENCH)/installed.txt: requirements/build.txt requirements/bench.txt pyproject.toml
	@$(FIND_PYTHON); "$$python" -m venv --clear $(BENCH)
	@$(BENCH)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes \
	  -r requirements/build.txt
	@CPPFLAGS="$$(sed -n 's/^BUILD_FLAGS = "\(.*\)"/\1/p' requirements/install.py)" \
	  $(BENCH)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-cache-dir \
	  --no-build-isolation --no-binary durable-rules -r requirements/bench.txt
	@$(BENCH)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation \
	  --no-index --editable .
	@touch $@

install: install-test ## tạo .venv với đủ công cụ / make .venv with every tool

# Runs every time: it looks at what .venv holds, not at dates, and is done at once when that is right.
install-base install-test install-spark: install-%:
	@$(FIND_PYTHON); "$$python" requirements/install.py $*

# Keeps the versions already locked and adds what is new; `make lock UPGRADE=--upgrade` renews them all.
lock: ## tính lại các tệp khoá phiên bản / work out the lock files again
	@$(FIND_PYTHON); "$$python" -m venv build/lock
	@build/lock/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@$(LOCK) pyproject.toml --extra test --group build --output-file requirements/test.txt
	@$(LOCK) pyproject.toml $(SHOWN:%=--extra %) --constraints requirements/test.txt \
	  --output-file requirements/base.txt
	@$(LOCK) pyproject.toml --extra spark --constraints requirements/test.txt --output-file requirements/spark.txt
	@$(LOCK) --group build --constraints requirements/test.txt --output-file requirements/build.txt
	@$(LOCK) pyproject.toml --extra population --extra serve --group bench --group build \
	  --constraints requirements/test.txt \
	  --output-file requirements/bench.txt

clean: ## xoá .venv và tệp tạm / remove .venv and caches
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
