#!/usr/bin/awk -f
# SPDX-License-Identifier: GPL-2.0
# ktap.awk - read what run_kselftest.sh says; a step of kselftest.sh
#
# Usage: awk -v k=K -v name=NAME -v expected=FILE -v sum=FILE -f ktap.awk TAP
#        the same with -v live=1 [-v tty=1]: progress, as lines come
#
# Exit status (of the first form): 0 nothing failed, 1 something did
#
# Lines that count, "#" being the runner's indentation:
#   # selftests: aio: PROG		a program starts
#   # 1..N				what it plans
#   # ok N NAME [# SKIP|XFAIL why]	one result
#   # not ok N NAME
#   [not ]ok N selftests: aio: PROG [# TIMEOUT ... | # exit=N | # SKIP]

function result(what, test, why)
{
	done++
	id = prog ":" test
	for (prefix in family)
		if (index(id, prefix) == 1)
			xfail[id] = family[prefix]
	if (live) {
		printf tty ? "\r\033[K  TEST    %s: %s %d/%d" : "", k, prog, done, plan
		if (what == "not ok" && !(id in xfail))
			printf "%s  not ok  %s: %s %s\n", tty ? "\r\033[K" : "", k, prog, test
		fflush()
		return
	}
	if (what == "not ok" && id in xfail) {
		printf "  xfail   %s: %s: %s\n", k, id, xfail[id]
		n["xfail"]++
	} else if (what == "not ok") {
		printf "  not ok  %s: %s%s\n", k, id, why == "" ? "" : ": " why
		n["fail"]++
	} else if (why ~ /^SKIP/) {
		skipped[prog ": " substr(why, 6)]++
		n["skip"]++
	} else if (id in xfail) {
		printf "  not ok  %s: %s passes, and the file of expected failures has it\n", k, id
		n["fail"]++
	} else {
		n["pass"]++
	}
}

BEGIN {
	while ((getline line < expected) > 0) {
		if (split(line, word, " ") < 2 || line ~ /^#/)
			continue
		if (word[1] != k && word[1] != name && word[1] != "*")
			continue
		sub(/^[^ \t]+[ \t]+[^ \t]+[ \t]*/, "", line)
		if (sub(/\*$/, "", word[2]))
			family[word[2]] = line
		else
			xfail[word[2]] = line
	}
}

{ sub(/\r$/, "") }

/^1\.\.[0-9]+/ {
	programs = substr($1, 4) + 0
	next
}

/^# selftests: aio: / {
	prog = $4
	plan = done = 0
	next
}

prog != "" && plan == 0 && /^# 1\.\.[0-9]+/ {
	plan = substr($2, 4) + 0
	if (live && !tty) {
		printf "  TEST    %s: %s, %d tests\n", k, prog, plan
		fflush()
	}
	if (plan == 0)
		plan = -1
	next
}

prog != "" && /^# (not )?ok [0-9]+ / {
	line = $0
	why = ""
	sub(/^# /, "", line)
	what = line ~ /^not/ ? "not ok" : "ok"
	sub(/^(not )?ok [0-9]+ (- )?/, "", line)
	if (match(line, /# (SKIP|XFAIL|TIMEOUT)/)) {
		why = substr(line, RSTART + 2)
		line = substr(line, 1, RSTART - 1)
	}
	sub(/[ \t]+$/, "", line)
	result(what, line, why)
	next
}

prog != "" && /^(not )?ok [0-9]+ selftests: / {
	if (live) {
		printf tty ? "\r\033[K" : ""
	} else {
		ended = $0
		sub(/^[^#]*#? ?/, "", ended)
		if (done < plan) {
			printf "  not ok  %s: %s: %d of %d tests gave no result (%s)\n",
				k, prog, plan - done, plan, ended
			n["fail"] += plan - done
		} else if (plan == 0 && ended ~ /SKIP/) {
			printf "  skip    %s: %s\n", k, prog
			n["skip"]++
		} else if (plan == 0) {
			printf "  not ok  %s: %s gave no plan (%s)\n", k, prog, ended
			n["fail"]++
		}
	}
	prog = ""
	programs--
}

END {
	if (live)
		exit
	for (id in skipped)
		printf "  skip    %s: %d of %s\n", k, skipped[id], id
	if (prog != "") {
		printf "  not ok  %s: %s never ended: %d of %d tests gave no result\n",
			k, prog, plan - done, plan
		n["fail"] += (plan > done) ? plan - done : 1
		programs--
	} else if (n["pass"] + n["fail"] + n["skip"] + n["xfail"] == 0) {
		printf "  not ok  %s: no test ran\n", k
		n["fail"]++
	}
	if (programs > 0) {
		printf "  not ok  %s: %d test programs did not run\n", k, programs
		n["fail"] += programs
	}
	printf "%s: %d passed, %d failed", k, n["pass"], n["fail"]
	if (n["skip"])
		printf ", %d skipped", n["skip"]
	if (n["xfail"])
		printf ", %d expected failure%s", n["xfail"], (n["xfail"] > 1) ? "s" : ""
	printf "\n"
	printf "%d %d %d %d\n", n["pass"], n["fail"], n["skip"], n["xfail"] > sum
	exit n["fail"] > 0
}
