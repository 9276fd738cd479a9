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
