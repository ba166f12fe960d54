# SPDX-License-Identifier: GPL-2.0
"""The AIO system calls of x86-64, for the programs of guest/peers.sh.

As include/uapi/linux/aio_abi.h has them, without libaio: its io_getevents() looks
into the ring itself.
"""

import ctypes

SETUP, DESTROY, GETEVENTS, SUBMIT, CANCEL, MREMAP = 206, 207, 208, 209, 210, 25
PREAD, PWRITE, PREADV, PWRITEV = 0, 1, 7, 8


class Iocb(ctypes.Structure):
    """struct iocb."""

    _fields_ = [("data", ctypes.c_uint64), ("key", ctypes.c_uint32),
                ("rw_flags", ctypes.c_uint32), ("opcode", ctypes.c_uint16),
                ("reqprio", ctypes.c_int16), ("fildes", ctypes.c_uint32),
                ("buf", ctypes.c_uint64), ("nbytes", ctypes.c_uint64),
                ("offset", ctypes.c_int64), ("reserved2", ctypes.c_uint64),
                ("flags", ctypes.c_uint32), ("resfd", ctypes.c_uint32)]


class Event(ctypes.Structure):
    """struct io_event."""

    _fields_ = [("data", ctypes.c_uint64), ("obj", ctypes.c_uint64),
                ("res", ctypes.c_int64), ("res2", ctypes.c_int64)]


class Timespec(ctypes.Structure):
    """struct __kernel_timespec."""

    _fields_ = [("sec", ctypes.c_int64), ("nsec", ctypes.c_int64)]


LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.syscall.restype = ctypes.c_long


def call(number, *args):
    """Make a system call; its result, or -errno. An int is 64 bits wide."""
    ret = LIBC.syscall(ctypes.c_long(number),
                       *[ctypes.c_uint64(arg & (1 << 64) - 1) if isinstance(arg, int) else arg
                         for arg in args])
    return -ctypes.get_errno() if ret == -1 else ret


def setup(events):
    """io_setup(): its result, and the name of the context."""
    ctx = ctypes.c_uint64(0)
    return call(SETUP, events, ctypes.byref(ctx)), ctx.value


def submit(ctx, *iocbs):
    """io_submit() of these."""
    pointers = (ctypes.c_void_p * len(iocbs))(*[ctypes.addressof(iocb) for iocb in iocbs])
    return call(SUBMIT, ctx, len(iocbs), pointers)


def getevents(ctx, least, most, timeout=60):
    """io_getevents(): its result, and the events."""
    events = (Event * max(most, 1))()
    ret = call(GETEVENTS, ctx, least, most, events, ctypes.byref(Timespec(0, int(timeout * 1e9))
                                                                 if timeout < 1 else
                                                                 Timespec(int(timeout), 0)))
    return ret, list(events[:max(ret, 0)])


def header(ctx):
    """The id, the number of slots, the head, the tail and the magic of a ring."""
    return list((ctypes.c_uint32 * 5).from_address(ctx))
