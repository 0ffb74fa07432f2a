# Everything a newcomer needs: `make run`. All targets: `make help`.
PYTHON ?= python3
BIN := .venv/bin
N ?= 60
# Of tests, each with a PostgreSQL and a Kafka of its own: one waits for its engines while another computes.
PROCESSES ?= 2
# What `make rehearse` upgrades from: a commit that is here, as old as a release would be.
OLD ?= e30c51f

.DEFAULT_GOAL := help
.PHONY: help run install demo test check rehearse faults fuzz audit bench clean

help: ## 列出各目标 / list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1|\2/' | while IFS='|' read -r target text; do printf '%-16s %s\n' "$$target" "$$text"; done

run: .venv/.installed ## 在本机启动全部服务，Ctrl-C 停止 / start everything on this machine, Ctrl-C stops it
	@exec $(BIN)/python -m yulu_local

install: .venv/.installed ## 只安装到 .venv，不启动 / install into .venv, start nothing

demo: .venv/.installed ## 向运行中的系统导入一个省的数据并演示 / load a province into the running system and play a story
	@exec $(BIN)/yulu demo

test: .venv/.installed ## 全部测试，使用真实的 PostgreSQL、Kafka 与浏览器 / all tests, on the real engines and a real browser
	@$(BIN)/python -m yulu_local.browser
	@$(BIN)/python -m yulu_local.assets
	$(BIN)/pytest -n $(PROCESSES)

check: .venv/.installed ## 静态检查：ruff、mypy、导入方向、生成的文档 / ruff, mypy, import direction, generated documents
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy libs services workers deploy docs
	$(BIN)/lint-imports
	$(BIN)/python docs/generate.py --check

rehearse: .venv/.installed ## 发布前演练：恢复、升级、回退、应急手册、运维手册 / before a release: restore, upgrade, go back, runbook, handbook
	$(BIN)/python -m tests.drill.run
	$(BIN)/python -m tests.upgrade.rolling
	$(BIN)/python -m tests.upgrade.side_by_side --small --old $(OLD)
	$(BIN)/python -m tests.runbook.run
	$(BIN)/python -m tests.handbook.alone

faults: .venv/.installed ## 故障注入，次数 N（默认 60）/ kill, freeze, lose and duplicate, N times (default 60)
	$(BIN)/python -m tests.faults.run --n $(N)

fuzz: .venv/.installed ## 向全部接口提问，每个操作 N 次 / ask every operation of every API N questions
	$(BIN)/python -m tests.security.fuzz --examples $(N)

audit: .venv/.installed ## 物料清单与许可证 / bill of materials and licences, into build/bom.cdx.json
	$(BIN)/python -m tests.security.supply

bench: .venv/.installed ## 性能比值 / measured ratios
	$(BIN)/python -m tests.bench.run

clean: ## 删除 .venv 与缓存，保留 .local 中的数据 / remove .venv and caches; the data in .local stay
	rm -rf .venv build *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Its content is the digest of the lock it was made from; see deploy/local/install.py.
.venv/.installed: requirements.lock pyproject.toml deploy/local/install.py
	@$(PYTHON) deploy/local/install.py
