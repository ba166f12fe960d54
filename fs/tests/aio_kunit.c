// SPDX-License-Identifier: GPL-2.0
/* KUnit tests of fs/aio.c, which includes this file: its functions are static. */

#include "aio_table_kunit.c"
#include "aio_kill_kunit.c"
#ifdef CONFIG_AIO_KUNIT_BENCHMARK
#include "aio_bench_kunit.c"
#endif
