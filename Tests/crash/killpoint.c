// Preloaded into the server by the crash tests: counts what it does to its database files and what it sends, and kills
// the process just before the N-th of these, so that every point between two of them can be hit.
//
// KILLPOINT_AT     the event to die before, counted from 1; 0 or absent: never
// KILLPOINT_KINDS  letters: w writes to the write-ahead log, s its syncs, m anything done to the database file itself,
//                  n data sent over a socket (default: wsmn)
// KILLPOINT_LOG    a file to which the event is written before dying: "AT KIND COUNT-SINCE-THE-LAST-SYNC"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long events;
static atomic_long since_sync;
static long kill_at;
static const char *kinds = "wsmn";

__attribute__((constructor)) static void read_orders(void) {
    const char *at = getenv("KILLPOINT_AT");
    if (at) kill_at = atol(at);
    if (getenv("KILLPOINT_KINDS")) kinds = getenv("KILLPOINT_KINDS");
}

static void die(long at, char kind, long since) {
    const char *path = getenv("KILLPOINT_LOG");
    int log = path ? (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
    if (log >= 0) {
        char line[64];
        int size = snprintf(line, sizeof line, "%ld %c %ld\n", at, kind, since);
        syscall(SYS_write, log, line, size);
    }
    syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
    // The other threads must not get further than this one.
    for (;;) pause();
}

static void count(char kind, int is_sync) {
    if (!kill_at || !strchr(kinds, kind)) return;
    long since = is_sync ? atomic_exchange(&since_sync, 0) : atomic_fetch_add(&since_sync, 1);
    long at = atomic_fetch_add(&events, 1) + 1;
    if (at == kill_at) die(at, kind, since);
}

static int ends_with(const char *text, const char *end) {
    size_t size = strlen(text), end_size = strlen(end);
    return size >= end_size && strcmp(text + size - end_size, end) == 0;
}

// 'w' for the write-ahead log, 'm' for the database file, 'n' for a socket, 0 for anything else.
static char kind_of(int fd) {
    char link[32], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t size = readlink(link, path, sizeof path - 1);
    if (size <= 0) return 0;
    path[size] = 0;
    if (ends_with(path, ".db-wal")) return 'w';
    if (ends_with(path, ".db")) return 'm';
    return strncmp(path, "socket:", 7) == 0 ? 'n' : 0;
}

static void before(int fd) {
    if (!kill_at) return;
    char kind = kind_of(fd);
    if (kind) count(kind, 0);
}

static void before_sync(int fd) {
    if (!kill_at) return;
    char kind = kind_of(fd);
    if (kind == 'w') count('s', 1);
    if (kind == 'm') count('m', 0);
}

#define NEXT(name) \
    static __typeof__(&name) next; \
    if (!next) next = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t at) { NEXT(pwrite); before(fd); return next(fd, bytes, size, at); }
ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t at) { NEXT(pwrite64); before(fd); return next(fd, bytes, size, at); }
ssize_t write(int fd, const void *bytes, size_t size) { NEXT(write); before(fd); return next(fd, bytes, size); }
ssize_t writev(int fd, const struct iovec *parts, int count) { NEXT(writev); before(fd); return next(fd, parts, count); }
ssize_t send(int fd, const void *bytes, size_t size, int flags) { NEXT(send); before(fd); return next(fd, bytes, size, flags); }
ssize_t sendto(int fd, const void *bytes, size_t size, int flags, const struct sockaddr *to, socklen_t to_size) { NEXT(sendto); before(fd); return next(fd, bytes, size, flags, to, to_size); }
ssize_t sendmsg(int fd, const struct msghdr *message, int flags) { NEXT(sendmsg); before(fd); return next(fd, message, flags); }
int ftruncate(int fd, off_t size) { NEXT(ftruncate); before(fd); return next(fd, size); }
int ftruncate64(int fd, off64_t size) { NEXT(ftruncate64); before(fd); return next(fd, size); }
int fsync(int fd) { NEXT(fsync); before_sync(fd); return next(fd); }
int fdatasync(int fd) { NEXT(fdatasync); before_sync(fd); return next(fd); }
