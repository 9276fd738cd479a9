// Doors to libmicrohttpd for what Swift cannot call: `MHD_start_daemon` and `MHD_get_connection_info` are variadic, and
// the kernel's `TCP_INFO` is longer than the structure that glibc declares.
#pragma once
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>

/// What a daemon is started with. All callbacks get `context`.
struct mhd_door_settings {
    void *context;
    int listen_descriptor;
    unsigned int threads;
    unsigned int connections_max;
    /// For one connection: the request line, the header and the response's header must fit.
    size_t connection_bytes;
    /// Seconds in which not a byte moves.
    unsigned int inactivity_seconds;
    MHD_AcceptPolicyCallback accept_policy;
    MHD_AccessHandlerCallback access_handler;
    MHD_RequestCompletedCallback completed;
    MHD_NotifyConnectionCallback connection_changed;
    void *(*request_line)(void *context, const char *target, struct MHD_Connection *connection);
};

/// At level 1 a request without `Host`, or with a space in its target, is refused. Before 1.0 the library sends the header
/// of such a refusal twice, so there these checks are left to us; from 1.0 on the level means more than these two.
#if MHD_VERSION >= 0x01000000
#define MHD_DOOR_STRICTNESS 1
#else
#define MHD_DOOR_STRICTNESS 0
#endif

/// Poll mode: the epoll mode of 0.9.75 stalls with many connections.
static inline struct MHD_Daemon *mhd_door_start(const struct mhd_door_settings *settings) {
    return MHD_start_daemon(
        MHD_USE_POLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, 0,
        settings->accept_policy, settings->context, settings->access_handler, settings->context,
        MHD_OPTION_LISTEN_SOCKET, (MHD_socket)settings->listen_descriptor,
        MHD_OPTION_THREAD_POOL_SIZE, settings->threads,
        MHD_OPTION_CONNECTION_LIMIT, settings->connections_max,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, settings->connection_bytes,
        MHD_OPTION_CONNECTION_TIMEOUT, settings->inactivity_seconds,
        MHD_OPTION_STRICT_FOR_CLIENT, MHD_DOOR_STRICTNESS,
        MHD_OPTION_NOTIFY_COMPLETED, settings->completed, settings->context,
        MHD_OPTION_NOTIFY_CONNECTION, settings->connection_changed, settings->context,
        MHD_OPTION_URI_LOG_CALLBACK, settings->request_line, settings->context,
        MHD_OPTION_END);
}

static inline int mhd_door_descriptor(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info ? info->connect_fd : -1;
}

static inline const struct sockaddr *mhd_door_peer(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    return info ? info->client_addr : 0;
}

/// What `connection_changed` left in its `socket_context`.
static inline void *mhd_door_socket_context(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : 0;
}

/// The library takes a copy of the bytes.
static inline struct MHD_Response *mhd_door_response(const void *bytes, size_t count) {
    return MHD_create_response_from_buffer(count, (void *)bytes, MHD_RESPMEM_MUST_COPY);
}

#define MHD_DOOR_STREAM_BLOCK 16384

static inline struct MHD_Response *mhd_door_stream(
    MHD_ContentReaderCallback reader, void *context, MHD_ContentReaderFreeCallback release
) {
    return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, MHD_DOOR_STREAM_BLOCK, reader, context, release);
}

/// The state of a TCP connection and the bytes it has received, by the kernel's `struct tcp_info` (its layout is part of
/// the system call interface). Returns 0, or -1 where there is no such connection.
static inline int mhd_door_tcp_info(int descriptor, uint8_t *state, uint64_t *bytes_received) {
    struct {
        uint8_t state;
        uint8_t to_bytes_received[127];
        uint64_t bytes_received;
    } info;
    socklen_t size = sizeof info;
    enum { tcp_info_option = 11 };
    if (getsockopt(descriptor, IPPROTO_TCP, tcp_info_option, &info, &size) != 0 || size < sizeof info) return -1;
    *state = info.state;
    *bytes_received = info.bytes_received;
    return 0;
}

/// Lets the process open `wanted` file descriptors, as far as it may. Returns how many it may open now.
static inline uint64_t mhd_door_allow_descriptors(uint64_t wanted) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
    if (limit.rlim_cur < wanted) {
        rlim_t before = limit.rlim_cur;
        limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
        if (setrlimit(RLIMIT_NOFILE, &limit) != 0) return before;
    }
    return limit.rlim_cur;
}

/// A descriptor that `poll` finds readable after `mhd_door_wake`, until `mhd_door_slept`. -1 when there are none left.
static inline int mhd_door_wake_descriptor(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }
static inline void mhd_door_wake(int descriptor) { (void)!eventfd_write(descriptor, 1); }
static inline void mhd_door_slept(int descriptor) {
    eventfd_t count;
    (void)!eventfd_read(descriptor, &count);
}
