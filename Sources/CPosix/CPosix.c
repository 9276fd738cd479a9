#define _GNU_SOURCE
#include "CPosix.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
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

int cposix_terminal_columns(int descriptor) {
    struct winsize size;
    return isatty(descriptor) && ioctl(descriptor, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
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

// Standard descriptors must not be taken for ends of a new pair, should the program have been started without them.
enum { FIRST_DESCRIPTOR = 10 };

static int raise_pair(int pair[2]) {
    for (int index = 0; index < 2; index++) {
        if (pair[index] >= FIRST_DESCRIPTOR) continue;
        int raised = fcntl(pair[index], F_DUPFD_CLOEXEC, FIRST_DESCRIPTOR);
        int failure = errno;
        if (raised < 0) {
            close(pair[0]);
            close(pair[1]);
            return failure;
        }
        close(pair[index]);
        pair[index] = raised;
    }
    return 0;
}

int cposix_socket_pair(int pair[2]) {
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) return errno;
    return raise_pair(pair);
}

int cposix_pipe(int pair[2]) {
    if (pipe2(pair, O_CLOEXEC) != 0) return errno;
    int failure = raise_pair(pair);
    if (failure == 0) fcntl(pair[0], F_SETFL, O_NONBLOCK);
    return failure;
}

int cposix_spawn(
    const char *path, char *const arguments[], char *const environment[], const char *directory, int connection,
    int output, int32_t *process) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t all, none;
    sigfillset(&all);
    sigemptyset(&none);
    int failure = posix_spawn_file_actions_init(&actions);
    if (failure) return failure;
    failure = posix_spawnattr_init(&attributes);
    if (failure) {
        posix_spawn_file_actions_destroy(&actions);
        return failure;
    }
    posix_spawn_file_actions_addchdir_np(&actions, directory);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, output, 1);
    posix_spawn_file_actions_adddup2(&actions, output, 2);
    posix_spawn_file_actions_adddup2(&actions, connection, 3);
    posix_spawn_file_actions_addclosefrom_np(&actions, 4);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setsigmask(&attributes, &none);
    pid_t child = 0;
    failure = posix_spawn(&child, path, &actions, &attributes, arguments, environment);
    *process = child;
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return failure;
}

void cposix_kill_group(int32_t process) {
    if (process > 1) kill(-process, SIGKILL);
}

int cposix_has_ended(int32_t process) {
    siginfo_t facts = {0};
    int result;
    do result = waitid(P_PID, (id_t)process, &facts, WEXITED | WNOHANG | WNOWAIT);
    while (result < 0 && errno == EINTR);
    return result != 0 || facts.si_pid == process;
}

int cposix_wait(int32_t process, int *code, int *signal) {
    int status = 0;
    pid_t got;
    do got = waitpid(process, &status, 0);
    while (got < 0 && errno == EINTR);
    if (got < 0) return -1;
    *code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    *signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    return 0;
}

int cposix_poll(int socket, int to_write, int other, int milliseconds) {
    struct pollfd descriptors[2] = {
        {.fd = socket, .events = (short)(POLLIN | (to_write ? POLLOUT : 0))}, {.fd = other, .events = POLLIN}};
    int ready = poll(descriptors, 2, milliseconds);
    if (ready < 0) return errno == EINTR ? 0 : -1;
    int found = 0;
    if (descriptors[0].revents & (POLLIN | POLLHUP | POLLERR | POLLNVAL)) found |= CPOSIX_READABLE;
    if (descriptors[0].revents & POLLOUT) found |= CPOSIX_WRITABLE;
    if (descriptors[1].revents) found |= CPOSIX_OTHER_READABLE;
    return found;
}

ptrdiff_t cposix_read_some(int descriptor, void *into, size_t capacity) {
    ssize_t got;
    do got = read(descriptor, into, capacity);
    while (got < 0 && errno == EINTR);
    if (got < 0) return errno == EAGAIN || errno == EWOULDBLOCK ? -2 : -1;
    return got;
}

ptrdiff_t cposix_send_some(int socket, const void *bytes, size_t count) {
    ssize_t sent;
    do sent = send(socket, bytes, count, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (sent < 0 && errno == EINTR);
    if (sent < 0) return errno == EAGAIN || errno == EWOULDBLOCK ? -2 : -1;
    return sent;
}
