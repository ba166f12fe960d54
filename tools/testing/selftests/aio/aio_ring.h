/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Rings of several pages, to be moved and unmapped
 */

#ifndef AIO_RING_H
#define AIO_RING_H

#include "aio_common.h"

/* Asks for so many events that a ring has three pages or more. */
#define NR_BIG(page)	((page) / sizeof(struct io_event) * 2)

/* Sets up a ring, and space to move it to with canaries on both sides. */
static inline size_t
prepare_ring(struct __test_metadata *const _metadata, aio_context_t *ctx,
	     char **area)
{
	size_t size;

	if (!make_room(NR_BIG(page_size())))
		SKIP(return 0, "no room below fs.aio-max-nr");
	*ctx = setup_ctx(_metadata, NR_BIG(page_size()));
	size = ring_bytes(*ctx);
	ASSERT_LE(3 * page_size(), size);
	*area = map_memory(_metadata, 5 * size, PROT_READ | PROT_WRITE);
	memset(*area, 0x5a, 5 * size);
	return size;
}

/* Checks that a range is mapped and holds what it held. */
static inline void
expect_canary(struct __test_metadata *const _metadata, const char *addr,
	      size_t size, char value)
{
	size_t i;

	for (i = 0; i < size; i++) {
		if (i % 4096 == 0) {
			ASSERT_TRUE(is_mapped(addr + i))
			{
				TH_LOG("unmapped after %#zx of %#zx bytes", i, size);
			}
		}
		ASSERT_EQ(value, addr[i]);
	}
}

static inline void *move(aio_context_t ctx, size_t size, void *to)
{
	return mremap((void *)ctx, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, to);
}

#endif /* AIO_RING_H */
