// SPDX-License-Identifier: Apache-2.0
// What the programs of `./dev bench relay` share.
#ifndef GATEPOST_BENCH_COMMON_H
#define GATEPOST_BENCH_COMMON_H

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

// The header field by which the sink knows a message: `X-Bench: RUN NUMBER NANOSECONDS`, the time being when it was
// due to be sent, on the monotonic clock that all processes of a machine share.
#define STAMP_FIELD "X-Bench: "

static inline int64_t monotonic_nanos(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

// Ends the program with one line on standard error.
static inline __attribute__((noreturn, format(printf, 1, 2))) void fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(1);
}

static inline void *must(void *memory) {
    if (memory == NULL) {
        fail("out of memory");
    }
    return memory;
}

#endif
