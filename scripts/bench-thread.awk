# SPDX-License-Identifier: GPL-2.0
# bench-thread.awk - the tables that have the thread's own figures in them
#
# Usage: see bench-report.awk

function wall_section()
{
	print "### The first job: 512 threads, a context each"
	wall("512-contexts", "run_time")
	print "\nThe thread, on a machine with 2 sockets of 8 cores (hardware, 2013):\n"
	print "| cores | 1 | 2 | 4 | 8 | 16 | 32 |"
	print "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
	print "| list, ms | 109376 | 69119 | 35682 | 22671 | 19724 | 16408 |"
	print "| %rsd | 0.69 | 1.15 | 1.17 | 1.21 | 1.71 | 1.43 |"
	print "| radix, ms | 73651 | 41748 | 23028 | 16766 | 15232 | 13787 |"
	print "| %rsd | 1.19 | 0.98 | 0.69 | 1.13 | 0.72 | 0.75 |"
	print "| % of list | 66.12 | 65.59 | 66.63 | 72.31 | 77.26 | 83.66 |"
	print "\n### The second job: one context"
	wall("1-context", "run_time")
	print "\nThe thread (hardware, 2013): list 58892 ms (0.91 %rsd), radix 59404 ms"
	print "(0.81 %rsd), 100.87 % of list."
}

function profile_section(    i, k, s, line)
{
	print "| | the thread's list (2013) | list | table |"
	print "| ---: | --- | --- | --- |"
	split("lookup_ioctx 32.51|__lock_acquire.isra.28 9.19|lock_release 4.40|" \
		"sched_clock_local 4.19|local_clock 3.86|native_sched_clock 3.68|" \
		"sched_clock_cpu 3.08|lock_release_holdtime.part.11 2.64|memcpy 2.60|" \
		"lock_acquired 2.33|lock_acquire 2.25|do_io_submit 1.84", old, "|")
	for (i = 1; i <= 12; i++) {
		split(old[i], s, " ")
		line = "| " i " | `" s[1] "` " s[2] " % |"
		for (k = 0; k < 2; k++) {
			if (split(symbol[k ? "table" : "list", sprintf("%02d", i)], s, "\t") < 2)
				line = line " missing |"
			else
				line = line " `" s[1] "` " s[2] " % |"
		}
		print line
	}
}
