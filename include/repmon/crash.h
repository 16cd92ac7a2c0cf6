/* SPDX-License-Identifier: ISC */
/*
 * Numbered places where the program can be made to die, for the crash test: before and after every
 * commit, rename and send. Only in builds with -Dcrash_points=true; otherwise they are nothing.
 *
 * REPMON_CRASH_AT=N kills the process (SIGKILL, as an unplugged machine would) at the Nth point it
 * passes; REPMON_CRASH_COUNT=FILE gets the number of points passed so far, and their names.
 */
#ifndef REPMON_CRASH_H
#define REPMON_CRASH_H

#ifdef REPMON_CRASH_POINTS
void crash_point(const char *name);
#define CRASH_POINT(name) crash_point(name)
#else
#define CRASH_POINT(name) ((void)0)
#endif

#endif
