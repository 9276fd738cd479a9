import CMicroHTTPD
import Glibc

/// A listening socket. Closes when the value goes, so whoever accepts from it must be done by then.
struct Listener: ~Copyable, Sendable {
    let descriptor: Int32
    let port: Int

    /// Connections that the kernel has accepted and nobody has taken yet.
    private static let backlog: Int32 = 1024

    init(host: String, port: Int) throws(ServerError) {
        let address = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        var hints = addrinfo()
        hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        let failure = getaddrinfo(host, String(port), &hints, &found)
        guard failure == 0, let first = found?.pointee else {
            throw .cannotListen(address: address, reason: String(cString: gai_strerror(failure)))
        }
        defer { freeaddrinfo(found) }

        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let descriptor = socket(first.ai_family, kind, 0)
        guard descriptor >= 0 else { throw .cannotListen(address: address, reason: lastError()) }
        var on: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        guard bind(descriptor, first.ai_addr, first.ai_addrlen) == 0, listen(descriptor, Self.backlog) == 0,
            let bound = Self.boundPort(descriptor)
        else {
            let reason = lastError()
            close(descriptor)
            throw .cannotListen(address: address, reason: reason)
        }
        self.descriptor = descriptor
        self.port = bound
    }

    deinit { close(descriptor) }

    private static func boundPort(_ descriptor: Int32) -> Int? {
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) }
        }
        guard result == 0 else { return nil }
        return withUnsafePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { Int(UInt16(bigEndian: $0.pointee.sin_port)) }
        }
    }
}

/// What the C library says about the call that failed just now.
func lastError() -> String { String(cString: strerror(errno)) }
