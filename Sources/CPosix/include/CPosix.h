// Doors to libc for what Swift's overlay does not offer, or offers under shapes that differ between platforms.
#pragma once
#include <stdint.h>
#include <stddef.h>

/// Milliseconds since 1970 by the system's clock.
int64_t cposix_wall_milliseconds(void);
/// Nanoseconds of the monotonic clock, which no one sets.
int64_t cposix_monotonic_nanoseconds(void);
/// Fills `into` from the kernel's random source. Returns 0, or -1 when the kernel refused.
int cposix_random(void *into, size_t count);
/// Writes all bytes to a file descriptor, again after EINTR and short writes. Returns 0, or -1.
int cposix_write_all(int descriptor, const void *bytes, size_t count);
/// Reads a whole regular file of at most `capacity` bytes. Returns its size, or -1 when it cannot be read or is larger.
ptrdiff_t cposix_read_file(const char *path, void *into, size_t capacity);

/// How many columns the terminal behind a descriptor has; 0 where it is none, or does not say.
int cposix_terminal_columns(int descriptor);

// MARK: Child processes

/// Two connected stream sockets, both closed on exec. Returns 0, or an errno.
int cposix_socket_pair(int pair[2]);
/// A pipe, both ends closed on exec, the reading end (`pair[0]`) non-blocking. Returns 0, or an errno.
int cposix_pipe(int pair[2]);
/// Starts a program in a process group of its own: standard input is empty, standard output and error go to `output`,
/// descriptor 3 is `connection`, everything above is closed; no signal is blocked or ignored; nothing of this process's
/// environment goes along. Returns 0, or an errno.
int cposix_spawn(
    const char *path, char *const arguments[], char *const environment[], const char *directory, int connection,
    int output, int32_t *process);
/// Ends every process of a group.
void cposix_kill_group(int32_t process);
/// Whether a child has ended. It stays to be waited for, so that its number is not given to another process.
int cposix_has_ended(int32_t process);
/// Waits for a child's end. Returns 0, or -1 when it is no child of ours. `code` is its exit status, or -1 with the
/// signal that ended it in `signal`.
int cposix_wait(int32_t process, int *code, int *signal);

/// What `cposix_poll` found out.
enum { CPOSIX_READABLE = 1, CPOSIX_WRITABLE = 2, CPOSIX_OTHER_READABLE = 4 };
/// Waits until `socket` can be read (or written, with `to_write`), or `other` (-1 for none) can be read; an end or an
/// error counts as readable. Returns a combination of the bits above, 0 when the time is over, or -1.
int cposix_poll(int socket, int to_write, int other, int milliseconds);
/// Reads what there is. Returns the count, 0 at the end, -1 for an error, -2 when there is nothing now.
ptrdiff_t cposix_read_some(int descriptor, void *into, size_t capacity);
/// Writes what fits into a socket. Returns the count, -1 for an error, -2 when nothing fits now. Never raises SIGPIPE.
ptrdiff_t cposix_send_some(int socket, const void *bytes, size_t count);

// MARK: Many sockets

/// What waits for many sockets at once: a descriptor to be closed, or -1.
int cposix_ready_create(void);
/// Watches a socket under a tag of the caller's until it is closed: for what arrives, and with `to_write` for room too.
/// `is_new` the first time. Returns 0, or -1.
int cposix_ready_watch(int ready, int socket, uint32_t tag, int is_new, int to_write);
/// Waits so long at most. Returns how many sockets are ready, with their tags.
int cposix_ready_wait(int ready, uint32_t *tags, int count, int64_t nanoseconds);

/// Processor time of the calling thread, and of the whole process, so far.
int64_t cposix_thread_nanoseconds(void);
int64_t cposix_process_nanoseconds(void);
