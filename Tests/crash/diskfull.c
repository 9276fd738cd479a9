// Preloaded into the server: as long as the file DISKFULL_SWITCH exists, its database files cannot grow or change, as
// on a disk without room.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int is_full(int fd) {
    const char *flag = getenv("DISKFULL_SWITCH");
    if (!flag || access(flag, F_OK) != 0) return 0;
    char link[32], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t size = readlink(link, path, sizeof path - 1);
    if (size <= 0) return 0;
    path[size] = 0;
    return strstr(path, ".db") != NULL;
}

#define FAIL_IF_FULL(fd) if (is_full(fd)) { errno = ENOSPC; return -1; }
#define NEXT(name) \
    static __typeof__(&name) next; \
    if (!next) next = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t at) { NEXT(pwrite); FAIL_IF_FULL(fd) return next(fd, bytes, size, at); }
ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t at) { NEXT(pwrite64); FAIL_IF_FULL(fd) return next(fd, bytes, size, at); }
ssize_t write(int fd, const void *bytes, size_t size) { NEXT(write); FAIL_IF_FULL(fd) return next(fd, bytes, size); }
