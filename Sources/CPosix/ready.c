#define _GNU_SOURCE
#include "CPosix.h"
#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

enum { READY_AT_ONCE_MAX = 128 };

int cposix_ready_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

int cposix_ready_watch(int ready, int socket, uint32_t tag, int is_new, int to_write) {
    struct epoll_event event = {.events = EPOLLIN | (to_write ? EPOLLOUT : 0), .data.u32 = tag};
    return epoll_ctl(ready, is_new ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, socket, &event);
}

int cposix_ready_wait(int ready, uint32_t *tags, int count, int64_t nanoseconds) {
    struct epoll_event events[READY_AT_ONCE_MAX];
    if (count > READY_AT_ONCE_MAX) count = READY_AT_ONCE_MAX;
    int found = epoll_wait(ready, events, count, 0);
    if (found == 0 && nanoseconds > 0) {
        // In nanoseconds, which `epoll_wait` does not know; an epoll descriptor can be polled itself.
        struct pollfd watched = {.fd = ready, .events = POLLIN};
        struct timespec time = {.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
        if (ppoll(&watched, 1, &time, NULL) > 0) found = epoll_wait(ready, events, count, 0);
    }
    for (int index = 0; index < found; index++) tags[index] = events[index].data.u32;
    return found < 0 ? 0 : found;
}

int64_t cposix_thread_nanoseconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

int64_t cposix_process_nanoseconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}
