#define _GNU_SOURCE
#include "CPosix.h"
#include <errno.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

int64_t cposix_wall_milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t cposix_monotonic_nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int cposix_random(void *into, size_t count) {
    unsigned char *position = into;
    while (count > 0) {
        ssize_t got = getrandom(position, count, 0);
        if (got < 0) {
            if (errno == EINTR) continue;
            return -1;
        }
        position += got;
        count -= (size_t)got;
    }
    return 0;
}

int cposix_write_all(int descriptor, const void *bytes, size_t count) {
    const unsigned char *position = bytes;
    while (count > 0) {
        ssize_t written = write(descriptor, position, count);
        if (written < 0) {
            if (errno == EINTR) continue;
            return -1;
        }
        position += written;
        count -= (size_t)written;
    }
    return 0;
}
