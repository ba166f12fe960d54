#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""The process that guest/peers-criu.sh saves and restores.

Usage: peers-criu.py FILE

Sets up contexts whose rings are at different positions, prints "ready", and waits
for SIGUSR1. Then every ring has to be where it was, with its position and the
events that were left in it, and to work once around and more. FILE is read.

Exit status: 0 all as it was, 1 not
"""

import ctypes
import errno
import os
import signal
import sys

sys.dont_write_bytecode = True
import peers_aio as aio  # noqa: E402

ASKED = 8


class Context:
    """An AIO context, and the reads that have been submitted to it."""

    def __init__(self, fd, name, used, left):
        """Use it so often that `used` and its number of events tell, and leave events."""
        self.fd, self.name, self.left = fd, name, left
        ret, self.addr = aio.setup(ASKED)
        expect(f"{name}: io_setup", ret, 0)
        self.buf = ctypes.create_string_buffer(1)
        self.nr = aio.header(self.addr)[1]
        for i in range(used(self.nr)):
            self.submit(i)
            self.take([i])
        for i in range(left):
            self.submit(100 + i)
        self.position = aio.header(self.addr)

    def submit(self, data):
        """Submit the read of a byte."""
        iocb = aio.Iocb(data=data, opcode=aio.PREAD, fildes=self.fd,
                        buf=ctypes.addressof(self.buf), nbytes=1)
        expect(f"{self.name}: io_submit", aio.submit(self.addr, iocb), 1)

    def take(self, data):
        """Take events: as many as data has, each with its data, within a minute."""
        got, events = aio.getevents(self.addr, len(data), len(data))
        expect(f"{self.name}: io_getevents", got, len(data))
        expect(f"{self.name}: events", [(e.data, e.res) for e in events], [(d, 1) for d in data])

    def check(self):
        """Is it as it was, does it work on, and does it end?"""
        with open("/proc/self/maps", encoding="ascii") as maps:
            at = [line for line in maps if line.startswith(f"{self.addr:x}-")]
        expect(f"{self.name}: its mapping is a ring", ["aio" in line for line in at], [True])
        expect(f"{self.name}: number, head, tail", aio.header(self.addr)[1:], self.position[1:])
        # Ahead of new events come those that were left.
        for i in range(3 * self.nr):
            self.submit(100 + self.left + i)
            self.take([100 + i])
        self.take([100 + 3 * self.nr + i for i in range(self.left)])
        expect(f"{self.name}: io_destroy", aio.call(aio.DESTROY, self.addr), 0)
        expect(f"{self.name}: again", aio.call(aio.DESTROY, self.addr), -errno.EINVAL)


def expect(what, got, wanted):
    """End with a line that says what is wrong, if it is."""
    if got != wanted:
        print(f"FAILED: {what}: {got}, not {wanted}", flush=True)
        sys.exit(1)


def main():
    """What the usage says."""
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
    fd = os.open(sys.argv[1], os.O_RDONLY)
    contexts = [Context(fd, *spec) for spec in (
        ("unused", lambda nr: 0, 0),
        ("all taken", lambda nr: 5, 0),
        ("some left", lambda nr: 3, 4),
        ("all left", lambda nr: 0, ASKED),
        ("wrapped", lambda nr: nr + 7, 4),
        ("wrapped between", lambda nr: nr - 3, 6))]
    print("ready", flush=True)
    signal.sigwait([signal.SIGUSR1])
    for context in contexts:
        context.check()
    print("as it was", flush=True)


if __name__ == "__main__":
    main()
