# SPDX-License-Identifier: GPL-2.0
# The lab of the AIO context-table series: 'make help' says what it does.
#
# Each step is a script in scripts/, which can be run by itself.

SHELL := /bin/bash
MAKEFLAGS += --no-print-directory
# The steps use all CPUs themselves.
.NOTPARALLEL:

# The kernel's own makefiles are not to see how this one was called.
unexport MAKEFLAGS MAKEOVERRIDES

BASE ?= 6.12
BUILD := build$(if $(filter-out 6.12,$(BASE)),/$(BASE))
K ?=
CMD ?=
TREE ?=

# What the scripts read from the environment, as Variables in 'make help'; an export in
# front of a ?= would define it
export ACCEL AGAIN BASE BUDGET CPUS DIFFS DISK FULL GUESTS JOBS KERNELS KSRC LOOPS MEM N NO_INSTALL ONLY QUICK \
	ROUNDS SEED TIMEOUT

PHONY := all
all: deps
	@scripts/main.sh

PHONY += deps
deps:
	@scripts/install-deps.sh

PHONY += trees
trees: deps
	@[ ! -d patches/$(BASE)/list ] || scripts/tree/tree.sh --keep list
	@scripts/tree/tree.sh --keep series

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

PHONY += host
host: trees
	@scripts/test/host.sh $(DIR)

PHONY += fio
ifdef JOB
fio: deps
	@scripts/bench/job.sh "$(JOB)" $(K)
else
fio: build
	@scripts/bench/fio.sh $(K) 512-contexts
	@scripts/bench/fio.sh $(K) 1-context
endif

PHONY += bench
bench: deps
	@scripts/bench/bench.sh

PHONY += bench-uml
bench-uml: deps
	@scripts/bench/uml.sh

PHONY += publish
publish:
	@test -f $(BUILD)/results/report.md || \
		{ echo "make: no $(BUILD)/results/report.md: 'make bench' writes it" >&2; exit 1; }
	@cp $(BUILD)/results/report.md Documentation/results/$(BASE).md
	@for plot in $(BUILD)/results/*.svg; do [ ! -e "$$plot" ] || cp "$$plot" Documentation/results/; done

PHONY += test
test: trees
	@scripts/test/test.sh

PHONY += check
check: trees
	@scripts/test/test.sh --static

PHONY += kunit
kunit: trees
	@scripts/test/kunit.sh

PHONY += uml
uml: deps
	@scripts/tree/tree.sh --keep series
	@scripts/test/uml.sh

# The series and its selftests, ready to be booted
PHONY += ready
ready: trees
	@scripts/kernel/build.sh series
	@scripts/test/kselftest.sh --install series

PHONY += mutants
mutants: ready kunit
	@scripts/kernel/build.sh series-debug
	@scripts/test/mutants.sh $(ONLY)

PHONY += mutate
mutate: uml
	@scripts/test/mutate.sh

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
series: deps
	@scripts/tree/prepare.sh
	@scripts/tree/series.sh

PHONY += refresh
refresh:
	@scripts/tree/refresh.sh

PHONY += clean
clean:
	@echo '  CLEAN   kernels, logs and results; the trees stay'
	@rm -rf $(BUILD)/tree/*/O $(BUILD)/tree/*/O-* $(BUILD)/log $(BUILD)/run $(BUILD)/results \
		$(BUILD)/kselftest* $(BUILD)/kunit $(BUILD)/mutants $(BUILD)/mutate $(BUILD)/series

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
	@echo  '                    litmus tests, the other base, the lab itself, and as many mutants'
	@echo  '                    as fit into 40 minutes'
	@echo  '  check           - the gates (checkpatch, sparse, W=1, each patch compiles, ...) and KUnit'
	@echo  ''
	@echo  'Kernels:'
	@echo  '  trees           - prepare build/tree/list and build/tree/series'
	@echo  '  build           - prepare and build the kernel K='
	@echo  '  boot            - a shell in K= (leave with exit), or CMD= run in it'
	@echo  '  kselftest       - the AIO selftests on K='
	@echo  '  fio             - JOB=FILE: that fio job on K= (stock and series), side by side;'
	@echo  '                    without JOB=: instructions per I/O on K=, 512 contexts and one'
	@echo  '  host            - selftests and look-ups on the kernel that runs here, no QEMU;'
	@echo  '                    DIR=FOLDER: the fio jobs there, too'
	@echo  '  bench           - every design of the look-up, measured as in the thread, and a report'
	@echo  '                    (more than an hour; QUICK=1: list, stock and series only, and shorter;'
	@echo  '                    goes on where it was interrupted); build/results/report.md'
	@echo  '  bench-uml       - the calls in nanoseconds, on this processor: stock and series as UML'
	@echo  '  publish         - take that report into Documentation/results'
	@echo  '  kunit           - the KUnit tests, on UML'
	@echo  '  uml             - KUnit and the selftests, on UML: minutes, no QEMU'
	@echo  '                    (with BASE=7.3 on two CPUs)'
	@echo  ''
	@echo  'Longer tests, or parts of test:'
	@echo  '  mutants         - put known bugs back, one at a time: does a test see each?'
	@echo  '                    (ONLY="08- 36-" for some; build/results/mutants.txt)'
	@echo  '  mutate          - bugs that nobody chose: N=40 changes drawn by SEED=1, on UML'
	@echo  '                    (BASE=7.3: two CPUs; build/BASE/results/mutate.txt; goes on where it stopped);'
	@echo  '                    DIFFS=FOLDER: bugs of yours instead, a diff each'
	@echo  '  meta            - does the lab turn red when it should?'
	@echo  '  bisect          - does each patch, from stock and from list, boot and pass tests by itself?'
	@echo  '  litmus          - herd7 on the ordering of publish, look-up, kill and free'
	@echo  '  matrix          - the selftests on KASAN, KCSAN, RT, UP, ia32, clang, arm64, i386 ... (ONLY=kcsan)'
	@echo  '  peers           - tests (libaio, stress-ng, fio, trinity) and users of AIO (nginx, QEMU,'
	@echo  '                    MariaDB, CRIU), on stock and series; ONLY="nginx criu" for some'
	@echo  '  soak            - everything at once, for T=600 seconds a kernel'
	@echo  ''
	@echo  'Patches:'
	@echo  '  am              - apply the code of the series (not its tests) to the git tree TREE='
	@echo  '  series          - write the mails to post to build/series'
	@echo  '  refresh         - take commits in build/tree/{list,from-list,series} back into patches/'
	@echo  '                    (scripts/tree/tree.sh from-list makes that one; few need it)'
	@echo  ''
	@echo  'Housekeeping:'
	@echo  '  deps            - install the Debian packages that are missing'
	@echo  '  clean           - remove kernels, logs and results'
	@echo  '  distclean       - remove build/ altogether'
	@echo  ''
	@echo  'Variables:'
	@echo  '  BASE=6.12|7.3   - the kernel that the patches are for; 7.3 has stock and series'
	@echo  '  K=NAME[-FLAVOUR] stock (as shipped), list, series; or a folder in patches/6.12/peers'
	@echo  '  CMD=...         - a command for the guest; its exit status is in the last line'
	@echo  '                    (scripts/boot/boot K -- COMMAND returns it as its own)'
	@echo  '  JOB=FILE DISK=FILE for fio: a job of yours; an image or block device, its /dev/vda'
	@echo  '  DIR=FOLDER      - for host'
	@echo  '  KSRC=...        - a kernel tree or tarball, in place of linux-source-6.12'
	@echo  '  TREE=DIR        - the git tree that am works on'
	@echo  '  AGAIN=1         - for all: also what held before, if nothing it is made of has changed'
	@echo  '  NO_INSTALL=1    - refuse to install packages, print the command'
	@echo  '  ACCEL=auto|tcg|kvm - how QEMU runs the guest (default: kvm only if it works)'
	@echo  '  CPUS=2 MEM=4G   - of the guest (for bench a list: CPUS="1 2")'
	@echo  '  JOBS=N          - compile jobs (default: number of CPUs)'
	@echo  '  TIMEOUT=SECONDS - for a guest; T=SECONDS for soak'
	@echo  '  LOOPS=N         - of the fio jobs'
	@echo  '  ONLY=JOB[,K] KERNELS="list series" QUICK=1 FULL=1 ROUNDS=5 CPUS="1 2"'
	@echo  '                  - what bench does; scripts/bench/bench.sh --help says more'
	@echo  ''
	@echo  'Flavours, from kernel/configs (K=series-debug):'
	@for f in kernel/configs/aio_*.config; do \
		f=$${f#*aio_}; [ $$f = lab.config ] || printf '  %-15s - %s\n' $${f%.config} \
		"$$(sed -n '1s/^# Help: *//p' kernel/configs/aio_$$f)"; done
	@echo  ''
	@echo  'More options of the guest (disks, gdb, CPUs to run on): scripts/boot/boot --help'
	@echo  'With BASE=7.3 build/ is build/7.3/. Results are in build/results, consoles of all guests in build/run/*/console.log.'

.PHONY: $(PHONY)
