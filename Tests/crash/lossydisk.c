// Preloaded into the server by the tests of what a power cut leaves: notes how much of SQLite's write-ahead log has been
// synced, so that a test can take away the rest, and stops syncing when it is told to.
//
// LOSSYDISK_LOG   a file that is overwritten after each sync of a write-ahead log: the log's size when it began
// LOSSYDISK_LIES  a file that, once it is there, makes syncs of write-ahead logs succeed and do nothing
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int is_log(int fd) {
    char link[32], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t size = readlink(link, path, sizeof path - 1);
    return size > 4 && memcmp(path + size - 4, "-wal", 4) == 0;
}

static int sync_with(int fd, int (*next)(int)) {
    struct stat before;
    if (!is_log(fd) || fstat(fd, &before) != 0) return next(fd);
    const char *lies = getenv("LOSSYDISK_LIES"), *log = getenv("LOSSYDISK_LOG");
    if (lies && access(lies, F_OK) == 0) return 0;
    int result = next(fd);
    int file = result == 0 && log ? open(log, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) : -1;
    if (file >= 0) {
        // One write of one size: a kill leaves the whole line or the one before it.
        char line[32];
        int size = snprintf(line, sizeof line, "%020lld\n", (long long)before.st_size);
        if (write(file, line, size) != size) abort();
        close(file);
    }
    return result;
}

#define NEXT(name) \
    static __typeof__(&name) next; \
    if (!next) next = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

int fsync(int fd) { NEXT(fsync); return sync_with(fd, next); }
int fdatasync(int fd) { NEXT(fdatasync); return sync_with(fd, next); }
