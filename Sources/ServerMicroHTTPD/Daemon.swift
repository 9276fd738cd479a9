import CMicroHTTPD
import Glibc

/// libmicrohttpd's daemon. Stopped by its owner, once, when no connection is suspended any more.
struct Daemon: @unchecked Sendable {
    // Invariant: the pointer is used by the watchdog alone after `start`.
    private let pointer: OpaquePointer

    /// Starts the daemon's threads. `core` must live until `stop` has returned.
    static func start(core: ServerCore, listener: borrowing Listener) -> Daemon? {
        var settings = mhd_door_settings()
        settings.context = Unmanaged.passUnretained(core).toOpaque()
        settings.listen_descriptor = listener.descriptor
        settings.threads = UInt32(core.settings.threads)
        settings.connections_max = UInt32(core.limits.connectionsMax + core.settings.threads)
        settings.connection_bytes = core.limits.headerBytesMax
        settings.inactivity_seconds = UInt32(max(1, core.limits.sendDeadline.components.seconds))
        settings.accept_policy = acceptPolicy
        settings.access_handler = accessHandler
        settings.completed = requestCompleted
        settings.connection_changed = connectionChanged
        settings.request_line = requestLine
        return mhd_door_start(&settings).map(Daemon.init)
    }

    private init(_ pointer: OpaquePointer) { self.pointer = pointer }

    /// The daemon's threads accept no more connections.
    func quiesce() { _ = MHD_quiesce_daemon(pointer) }

    /// Hands over one connection that waits in the listener's queue. Returns `false` when none waits.
    func takeQueuedConnection(from listener: Int32) -> Bool {
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                let descriptor = accept(listener, address, &size)
                guard descriptor >= 0 else { return errno == EINTR || errno == ECONNABORTED }
                // Refuses and closes by itself; either way this one is dealt with.
                _ = MHD_add_connection(self.pointer, descriptor, address, size)
                return true
            }
        }
    }

    func stop() { MHD_stop_daemon(pointer) }
}

/// How many files this process may have open.
enum DescriptorLimit {
    /// Raises the soft limit as far as the hard one. Returns what holds now.
    static func raise(to wanted: Int) -> Int { Int(clamping: mhd_door_allow_descriptors(UInt64(wanted))) }
}
