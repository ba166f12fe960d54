// SPDX-License-Identifier: GPL-2.0
/* KUnit tests of fs/aio.c, which includes this file: its functions are static. */

/* The pages of vmalloc() are not a count of the nodes yet */
#define NR_VMALLOC			0
#define global_node_page_state(item)	((item) + vmalloc_nr_pages())

#include "aio_table_kunit.c"
#include "aio_kill_kunit.c"
#ifdef CONFIG_AIO_KUNIT_BENCHMARK
#include "aio_bench_kunit.c"
#endif
