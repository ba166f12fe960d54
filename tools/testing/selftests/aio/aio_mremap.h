/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The fixture of all tests that move a ring: one of several pages, and where to
 */

#ifndef AIO_MREMAP_H
#define AIO_MREMAP_H

#include "aio_ring.h"

FIXTURE(mremap)
{
	struct aio_state state;
	aio_context_t ctx;
	size_t page;
	size_t size;
	char *area;
	int fd;
};

FIXTURE_SETUP(mremap)
{
	save_aio_state(_metadata, &self->state);
	self->fd = open_test_file(_metadata);
	self->page = page_size();
	self->size = prepare_ring(_metadata, &self->ctx, &self->area);
}

FIXTURE_TEARDOWN_PARENT(mremap)
{
	check_aio_state(_metadata, &self->state);
}

#endif /* AIO_MREMAP_H */
