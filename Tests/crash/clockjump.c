// Preloaded into a program: moves its wall clock by the milliseconds that stand, as a 64-bit integer of this machine, in
// the file CLOCKJUMP_FILE, while it runs. The monotonic clock goes on as it is, as on a machine whose clock is set.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static _Atomic int64_t *offset;

__attribute__((constructor)) static void find_offset(void) {
    const char *path = getenv("CLOCKJUMP_FILE");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    void *page = file < 0 ? MAP_FAILED : mmap(NULL, sizeof *offset, PROT_READ, MAP_SHARED, file, 0);
    if (page == MAP_FAILED) {
        perror("CLOCKJUMP_FILE");
        _exit(3);
    }
    close(file);
    offset = page;
}

static void move(struct timespec *time) {
    int64_t milliseconds = offset ? atomic_load(offset) : 0;
    int64_t nanoseconds = (int64_t)time->tv_nsec + milliseconds % 1000 * 1000000;
    time->tv_sec += milliseconds / 1000;
    if (nanoseconds < 0) { nanoseconds += 1000000000; time->tv_sec--; }
    if (nanoseconds >= 1000000000) { nanoseconds -= 1000000000; time->tv_sec++; }
    time->tv_nsec = nanoseconds;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    static __typeof__(&clock_gettime) next;
    if (!next) next = (__typeof__(&clock_gettime))dlsym(RTLD_NEXT, "clock_gettime");
    int result = next(clock, time);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) move(time);
    return result;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
    static __typeof__(&gettimeofday) next;
    if (!next) next = (__typeof__(&gettimeofday))dlsym(RTLD_NEXT, "gettimeofday");
    int result = next(time, zone);
    if (result == 0) {
        struct timespec moved = { time->tv_sec, time->tv_usec * 1000 };
        move(&moved);
        time->tv_sec = moved.tv_sec;
        time->tv_usec = moved.tv_nsec / 1000;
    }
    return result;
}

time_t time(time_t *where) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (where) *where = now.tv_sec;
    return now.tv_sec;
}
