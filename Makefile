# SPDX-License-Identifier: GPL-2.0
# The lab of the AIO context-table series: 'make help' says what it does.
#
# Each step is a script in scripts/, which can be run by itself.

SHELL := /bin/bash
MAKEFLAGS += --no-print-directory
# The steps use all CPUs themselves.
.NOTPARALLEL:

# What the scripts read from the environment, as Variables in 'make help'
export ACCEL CPUS FULL JOBS KERNELS KSRC LOOPS MEM NO_INSTALL ONLY QUICK ROUNDS TIMEOUT

# The kernel's own makefiles are not to see how this one was called.
unexport MAKEFLAGS MAKEOVERRIDES

K ?=
CMD ?=
TREE ?=

PHONY := all
all: deps
	@scripts/main.sh

PHONY += deps
deps:
	@scripts/install-deps.sh

PHONY += trees
trees: deps
	@scripts/tree/tree.sh --keep list
	@scripts/tree/tree.sh --keep series

PHONY += list stock series
list stock series: deps
	@scripts/tree/tree.sh --keep $@
	@scripts/kernel/build.sh $@

PHONY += build
build: deps
	@$(if $(K),,echo "make: which kernel? K=stock, list or series" >&2; exit 1)
	@scripts/tree/tree.sh --keep $(firstword $(subst -, ,$(K)))
	@scripts/kernel/build.sh $(K)

PHONY += boot
# CMD goes to the guest as it was typed, dollars and quotes and all
boot: export LAB_CMD := $(value CMD)
boot: build
	@$(if $(value CMD),scripts/boot/boot $(if $(TIMEOUT),--timeout $(TIMEOUT)) $(K) -- \
		bash -c "$$LAB_CMD",scripts/boot/boot $(K))

PHONY += kselftest
kselftest: trees build
	@scripts/test/kselftest.sh $(K)

PHONY += fio
fio: build
	@scripts/bench/fio.sh $(K) 512-contexts
	@scripts/bench/fio.sh $(K) 1-context

PHONY += bench
bench: deps
	@scripts/bench/bench.sh

PHONY += publish
publish:
	@test -f build/results/report.md || \
		{ echo "make: no build/results/report.md: 'make bench' writes it" >&2; exit 1; }
	@cp build/results/report.md Documentation/results/6.12.md
	@cp build/results/*.svg Documentation/results/

PHONY += test
test: trees
	@scripts/test/test.sh

PHONY += check
check: trees
	@scripts/test/test.sh --static

PHONY += kunit
kunit: trees
	@scripts/test/kunit.sh

# The series and its selftests, ready to be booted
PHONY += ready
ready: trees
	@scripts/kernel/build.sh series
	@scripts/test/kselftest.sh --install series

PHONY += mutants
mutants: ready kunit
	@scripts/kernel/build.sh series-debug
	@scripts/test/mutants.sh $(ONLY)

PHONY += bisect
bisect: ready
	@scripts/test/bisect.sh

PHONY += meta
meta: ready
	@scripts/test/meta.sh

PHONY += litmus
litmus: trees
	@scripts/test/litmus.sh

PHONY += matrix
matrix: trees
	@scripts/test/matrix.sh $(ONLY)

PHONY += peers
peers: trees
	@scripts/test/peers.sh

T ?= 600
PHONY += soak
soak: trees
	@scripts/test/soak.sh "$(T)"

PHONY += am
am:
	@scripts/tree/am.sh "$(TREE)"

PHONY += series
series: trees
	@scripts/tree/series.sh

PHONY += refresh
refresh:
	@scripts/tree/refresh.sh

PHONY += clean
clean:
	@echo '  CLEAN   kernels, logs and results; the trees stay'
	@rm -rf build/tree/*/O build/tree/*/O-* build/log build/run build/results \
		build/kselftest* build/kunit build/mutants build/series

PHONY += distclean
distclean:
	@echo '  CLEAN   build'
	@rm -rf build

PHONY += help
help:
	@echo  'Main targets:'
	@echo  '  all             - list and series: build, boot, kselftests, 512-context fio job'
	@echo  '                    (the default: nothing else is needed, 15 minutes the first time)'
	@echo  '  test            - all gates, KUnit, kselftests on series, plain and debug,'
	@echo  '                    litmus tests, mutants, and tests of the lab itself'
	@echo  '  check           - the gates only: checkpatch, sparse, W=1, each patch compiles, ...'
	@echo  ''
	@echo  'Kernels:'
	@echo  '  trees           - prepare build/tree/list and build/tree/series'
	@echo  '  stock list series'
	@echo  '                  - prepare and build that one'
	@echo  '  build           - the same for K='
	@echo  '  boot            - a shell in K= (leave with exit), or CMD= run in it'
	@echo  '  kselftest       - the AIO selftests on K='
	@echo  '  fio             - instructions per I/O on K=, 512 contexts and one'
	@echo  '  bench           - every design of the look-up, measured as in the thread, and a report'
	@echo  '                    (more than an hour; QUICK=1: list, stock and series only, and shorter;'
	@echo  '                    goes on where it was interrupted); build/results/report.md'
	@echo  '  publish         - take that report into Documentation/results'
	@echo  '  kunit           - the KUnit tests, on UML'
	@echo  ''
	@echo  'Proof, each a part of test or longer than it:'
	@echo  '  mutants         - put known bugs back, one at a time: does a test see each?'
	@echo  '                    (ONLY="08 36" for some; build/results/mutants.txt)'
	@echo  '  meta            - does the lab turn red when it should?'
	@echo  '  bisect          - does each patch of both routes boot and pass tests by itself?'
	@echo  '  litmus          - herd7 on the ordering of publish, look-up, kill and free'
	@echo  '  matrix          - the selftests on KASAN, KCSAN, UP, ia32, clang ... (ONLY=kcsan)'
	@echo  '  peers           - tests of libaio, stress-ng, fio and trinity, on stock and series'
	@echo  '  soak            - everything at once, for T=600 seconds a kernel'
	@echo  ''
	@echo  'Patches:'
	@echo  '  am              - apply the code of the series to the git tree TREE='
	@echo  '  series          - write the complete posting to build/series'
	@echo  '  refresh         - take commits in build/tree/{list,from-list,series} back into patches/'
	@echo  '                    (scripts/tree/tree.sh from-list makes that one; few need it)'
	@echo  ''
	@echo  'Housekeeping:'
	@echo  '  deps            - install the Debian packages that are missing'
	@echo  '  clean           - remove kernels, logs and results'
	@echo  '  distclean       - remove build/ altogether'
	@echo  ''
	@echo  'Variables:'
	@echo  '  K=NAME[-debug]  - stock (as shipped), list, series; or a folder in patches/6.12/peers'
	@echo  '  CMD=...         - a command for the guest; its exit status is in the last line'
	@echo  '                    (scripts/boot/boot K -- COMMAND returns it as its own)'
	@echo  '  KSRC=...        - a kernel tree or tarball, in place of linux-source-6.12'
	@echo  '  TREE=DIR        - the git tree that am works on'
	@echo  '  NO_INSTALL=1    - refuse to install packages, print the command'
	@echo  '  ACCEL=tcg|kvm   - how QEMU runs the guest (default: kvm only if it works)'
	@echo  '  CPUS=2 MEM=4G   - of the guest'
	@echo  '  JOBS=N          - compile jobs (default: number of CPUs)'
	@echo  '  TIMEOUT=SECONDS - for a guest; T=SECONDS for soak'
	@echo  '  LOOPS=N         - of the fio jobs'
	@echo  '  ONLY=JOB[,K] KERNELS="list series" QUICK=1 FULL=1 ROUNDS=5 CPUS="1 2"'
	@echo  '                  - what bench does; scripts/bench/bench.sh --help says more'
	@echo  ''
	@echo  'Results are in build/results, consoles of all guests in build/run/*/console.log.'

.PHONY: $(PHONY)
