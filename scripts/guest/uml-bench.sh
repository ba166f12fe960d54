#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# guest/uml-bench.sh - what the calls take, by the clock; runs under UML
#
# Usage: guest/uml-bench.sh
#
# A step of bench/uml.sh, in the folder of the installed selftests. Prints the rows
# of guest/bench.sh.
#
# Exit status: 0 measured, 1 not

set -euo pipefail
export DESTROYS=50 EXITS=20
exec "$(dirname "$0")/bench.sh" wall hardware+calls+uml "$PWD/aio/ioctx_bench"
