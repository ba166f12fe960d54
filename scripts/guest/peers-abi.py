#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""What public test suites of other projects expect of the AIO system calls.

Usage: peers-abi.py DIR

The cases of gVisor's test/syscalls/linux/aio.cc and of LTP's io_setup, io_submit,
io_getevents, io_cancel and io_destroy tests, in own words, as neither is packaged
by Debian. Each runs in a process of its own, which works in DIR, and prints
"abi-CASE pass" or "abi-CASE fail"; why it failed is on stderr.

Exit status: 0 all ran
"""

import ctypes
import errno
import mmap
import os
import signal
import sys
import threading
import traceback

sys.dont_write_bytecode = True
import peers_aio as aio  # noqa: E402

TEXT = b"hello, ring"
MAYMOVE, FIXED = 1, 2
PROT_NONE = 0
KERNEL = 0xffffffff00000000
CASES = []


def case(function):
    """Mark a case."""
    CASES.append(function)
    return function


def expect(got, wanted):
    """End the case if this is not so."""
    if got != wanted:
        raise AssertionError(f"{got}, not {wanted}")


def context(events=128):
    """A context, and the length of its ring's mapping."""
    ret, ctx = aio.setup(events)
    expect(ret, 0)
    with open("/proc/self/maps", encoding="ascii") as maps:
        end = [line for line in maps if line.startswith(f"{ctx:x}-")][0].split()[0].split("-")[1]
    return ctx, int(end, 16) - ctx


def new_file(flags=os.O_RDWR):
    """An empty file, opened for what flags say."""
    return os.open("file", flags | os.O_CREAT | os.O_TRUNC, 0o600)


def request(fd, opcode=aio.PWRITE, **more):
    """The write of TEXT, or what is asked for instead."""
    fields = {"data": 0x123, "fildes": fd, "opcode": opcode, "nbytes": len(TEXT),
              "buf": ctypes.addressof(request.buf)}
    return aio.Iocb(**{**fields, **more})


request.buf = ctypes.create_string_buffer(TEXT)


def take(ctx, iocb, res=len(TEXT)):
    """Take the event of a request."""
    ret, events = aio.getevents(ctx, 1, 1)
    expect(ret, 1)
    expect((events[0].data, events[0].obj, events[0].res), (0x123, ctypes.addressof(iocb), res))


def reserve(length):
    """The address of memory that may be mapped over."""
    LIBC_MMAP.restype = ctypes.c_uint64
    return LIBC_MMAP(ctypes.c_uint64(0), ctypes.c_size_t(length), PROT_NONE,
                     mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, -1, ctypes.c_int64(0))


LIBC_MMAP = aio.LIBC.mmap


def move(ctx, length, new_length):
    """mremap() of a ring to where something else is: the result, and where to."""
    to = reserve(new_length)
    ret = aio.call(aio.MREMAP, ctx, length, new_length, MAYMOVE | FIXED, to)
    return ret, to


@case
def write_is_done():
    """The header says that it is a ring, the event is the request's."""
    ctx, _ = context()
    expect(aio.header(ctx)[4], 0xa10a10a1)
    fd = new_file()
    iocb = request(fd)
    expect(aio.submit(ctx, iocb), 1)
    take(ctx, iocb)
    expect(os.pread(fd, 100, 0), TEXT)
    expect(aio.call(aio.DESTROY, ctx), 0)


@case
def write_to_nobody_is_an_event_with_the_error():
    """A pipe that has no reader."""
    ctx, _ = context()
    reader, writer = os.pipe()
    os.close(reader)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    iocb = request(writer)
    expect(aio.submit(ctx, iocb), 1)
    take(ctx, iocb, -errno.EPIPE)


@case
def destroy_with_events_that_nobody_has_taken():
    """As many as the context was asked for."""
    ctx, _ = context(100)
    iocb = request(new_file())
    for _ in range(100):
        expect(aio.submit(ctx, iocb), 1)
    expect(aio.call(aio.DESTROY, ctx), 0)
    expect(aio.submit(ctx, iocb), -errno.EINVAL)


@case
def thread_submits_for_another():
    """Threads share the contexts; so does whoever shares the memory."""
    ctx, _ = context()
    iocb = request(new_file())
    thread = threading.Thread(target=aio.submit, args=(ctx, iocb))
    thread.start()
    take(ctx, iocb)
    thread.join()


@case
def ring_can_be_moved_twice_with_an_event_in_it():
    """The old name is none any more, the new one serves."""
    ctx, length = context()
    iocb = request(new_file())
    ret, moved = move(ctx, length, length)
    expect(ret, moved)
    expect(aio.submit(ctx, iocb), -errno.EINVAL)
    expect(aio.submit(moved, iocb), 1)
    ret, again = move(moved, length, length)
    expect(ret, again)
    take(again, iocb)
    expect(aio.call(aio.DESTROY, again), 0)


@case
def ring_cannot_grow():
    """By no page."""
    ctx, length = context()
    ret, _ = move(ctx, length, length + mmap.PAGESIZE)
    expect(ret, -errno.EFAULT)


@case
def ring_of_a_forked_child_leaves_the_parents_alone():
    """The child unmaps what it has there; the parent's events arrive."""
    ctx, length = context()
    iocb = request(new_file())
    pid = os.fork()
    if pid == 0:
        aio.LIBC.munmap(ctypes.c_void_p(ctx), ctypes.c_size_t(length))
        os._exit(0 if aio.submit(ctx, iocb) == -errno.EINVAL else 1)
    expect(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 0)
    ret, moved = move(ctx, length, length)
    expect(ret, moved)
    expect(aio.submit(moved, iocb), 1)
    take(moved, iocb)


@case
def ring_that_cannot_be_read_is_no_context():
    """For all calls, as long as that is so."""
    ctx, length = context()
    iocb = request(new_file())
    expect(aio.submit(ctx, iocb), 1)
    protect = aio.LIBC.mprotect
    expect(protect(ctypes.c_void_p(ctx), ctypes.c_size_t(length), PROT_NONE), 0)
    expect(aio.getevents(ctx, 1, 1)[0], -errno.EINVAL)
    expect(aio.submit(ctx, iocb), -errno.EINVAL)
    expect(aio.call(aio.DESTROY, ctx), -errno.EINVAL)
    expect(protect(ctypes.c_void_p(ctx), ctypes.c_size_t(length),
                   mmap.PROT_READ | mmap.PROT_WRITE), 0)
    take(ctx, iocb)
    expect(aio.call(aio.DESTROY, ctx), 0)


@case
def no_event_in_time_is_none():
    """A hundredth of a second."""
    ctx, _ = context()
    expect(aio.getevents(ctx, 1, 1, 0.01), (0, []))


@case
def negative_offset_is_invalid():
    """For all that read and write."""
    ctx, _ = context()
    buf = ctypes.create_string_buffer(TEXT)
    iovec = (ctypes.c_uint64 * 2)(ctypes.addressof(buf), 1)
    fd = new_file()
    for opcode in aio.PREAD, aio.PWRITE:
        expect(aio.submit(ctx, request(fd, opcode, offset=-1)), -errno.EINVAL)
    for opcode in aio.PREADV, aio.PWRITEV:
        expect(aio.submit(ctx, request(fd, opcode, offset=-1, nbytes=1,
                                       buf=ctypes.addressof(iovec))), -errno.EINVAL)


@case
def vector_of_the_kernels_memory_faults():
    """When it is submitted."""
    ctx, _ = context()
    fd = new_file()
    iovec = (ctypes.c_uint64 * 2)(KERNEL, 1)
    for opcode in aio.PREADV, aio.PWRITEV:
        expect(aio.submit(ctx, request(fd, opcode, nbytes=1, buf=ctypes.addressof(iovec))),
               -errno.EFAULT)


@case
def setup_refuses_bad_arguments():
    """No events, a name that is taken, no pointer, more than there may be."""
    taken = ctypes.c_uint64(1)
    with open("/proc/sys/fs/aio-max-nr", encoding="ascii") as limit:
        most = int(limit.read())
    expect(aio.setup(0)[0], -errno.EINVAL)
    expect(aio.call(aio.SETUP, 1, ctypes.byref(taken)), -errno.EINVAL)
    expect(aio.call(aio.SETUP, 1, 0), -errno.EFAULT)
    expect(aio.setup(most + 1)[0], -errno.EAGAIN)


@case
def calls_refuse_what_is_no_context():
    """Nought, and an address where nothing is."""
    iocb = request(new_file())
    for ctx in 0, 0x1000:
        expect(aio.submit(ctx, iocb), -errno.EINVAL)
        expect(aio.getevents(ctx, 1, 1)[0], -errno.EINVAL)
        expect(aio.call(aio.DESTROY, ctx), -errno.EINVAL)
        expect(aio.call(aio.CANCEL, ctx, ctypes.byref(iocb), 0), -errno.EINVAL)


@case
def submit_refuses_bad_arguments():
    """Their number, the pointers, the file."""
    ctx, _ = context()
    pointers = (ctypes.c_void_p * 1)(None)
    expect(aio.call(aio.SUBMIT, ctx, -1, pointers), -errno.EINVAL)
    expect(aio.call(aio.SUBMIT, ctx, 0, pointers), 0)
    expect(aio.call(aio.SUBMIT, ctx, 1, -1), -errno.EFAULT)
    expect(aio.call(aio.SUBMIT, ctx, 1, pointers), -errno.EFAULT)
    expect(aio.submit(ctx, request(-1 & 0xffffffff)), -errno.EBADF)
    expect(aio.submit(ctx, request(new_file(os.O_WRONLY), aio.PREAD)), -errno.EBADF)
    expect(aio.submit(ctx, request(new_file(os.O_RDONLY), aio.PWRITE)), -errno.EBADF)


@case
def getevents_refuses_bad_arguments():
    """Fewer than none, more than are wanted."""
    ctx, _ = context()
    events = (aio.Event * 1)()
    for least, most in (-1, 1), (2, 1), (0, -1):
        expect(aio.call(aio.GETEVENTS, ctx, least, most, events, 0), -errno.EINVAL)


@case
def cancel_refuses_what_is_not_in_flight():
    """No request at all, one that was never submitted, one that is over."""
    ctx, _ = context()
    iocb = request(new_file())
    expect(aio.call(aio.CANCEL, ctx, 0, 0), -errno.EFAULT)
    expect(aio.call(aio.CANCEL, ctx, ctypes.byref(iocb), 0), -errno.EINVAL)
    expect(aio.submit(ctx, iocb), 1)
    take(ctx, iocb)
    expect(aio.call(aio.CANCEL, ctx, ctypes.byref(iocb), 0), -errno.EINVAL)


def passes(function):
    """Run a case in a process of its own, with a minute for it."""
    pid = os.fork()
    if pid == 0:
        signal.alarm(60)
        try:
            function()
            os._exit(0)
        except BaseException:  # pylint: disable=broad-except
            traceback.print_exc()
            sys.stderr.flush()
            os._exit(1)
    return os.waitpid(pid, 0)[1] == 0


def main():
    """What the usage says."""
    os.chdir(sys.argv[1])
    for function in CASES:
        verdict = "pass" if passes(function) else "fail"
        print(f"abi-{function.__name__.replace('_', '-')} {verdict}", flush=True)


if __name__ == "__main__":
    main()
