#define _GNU_SOURCE
#include "CPosix.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
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

ptrdiff_t cposix_read_file(const char *path, void *into, size_t capacity) {
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) return -1;
    struct stat facts;
    size_t filled = 0;
    int failed = fstat(descriptor, &facts) != 0 || !S_ISREG(facts.st_mode) || (size_t)facts.st_size > capacity;
    while (!failed && filled < capacity) {
        ssize_t got = read(descriptor, (char *)into + filled, capacity - filled);
        if (got == 0) break;
        if (got > 0) filled += (size_t)got;
        else if (errno != EINTR) failed = 1;
    }
    close(descriptor);
    return failed ? -1 : (ptrdiff_t)filled;
}
