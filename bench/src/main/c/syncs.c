// SPDX-License-Identifier: Apache-2.0
// What the disk allows a log of messages: syncs FOLDER SECONDS. Appends 10 KB messages to a file and makes them durable
// one at a time, eight and 32 at a time; prints a line `GROUP PER-SECOND` for each.
#define _GNU_SOURCE
#include "common.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { MESSAGE = 10240 };

static double per_second(int file, int group, double seconds) {
    static char message[MESSAGE];
    memset(message, 'x', sizeof message);
    int64_t start = monotonic_nanos(), end = start + (int64_t)(seconds * 1e9);
    long messages = 0;
    while (monotonic_nanos() < end) {
        for (int i = 0; i < group; i++) {
            if (write(file, message, sizeof message) != sizeof message) {
                fail("syncs: cannot write: %s", strerror(errno));
            }
        }
        if (fdatasync(file) != 0) {
            fail("syncs: cannot sync: %s", strerror(errno));
        }
        messages += group;
    }
    return messages / ((monotonic_nanos() - start) / 1e9);
}

int main(int arguments, char **argument) {
    if (arguments != 3) {
        fail("usage: syncs FOLDER SECONDS");
    }
    const int groups[] = {1, 8, 32};
    for (int i = 0; i < 3; i++) {
        char name[4096];
        snprintf(name, sizeof name, "%s/log", argument[1]);
        int file = open(name, O_CREAT | O_TRUNC | O_WRONLY | O_APPEND, 0600);
        if (file < 0) {
            fail("syncs: cannot make %s: %s", name, strerror(errno));
        }
        printf("%d %.0f\n", groups[i], per_second(file, groups[i], atof(argument[2])));
        fflush(stdout);
        close(file);
        unlink(name);
    }
    return 0;
}
