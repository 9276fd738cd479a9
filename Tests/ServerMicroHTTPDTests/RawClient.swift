import Glibc
import Support

/// Runs blocking code on a thread of its own, so that it does not keep the tasks of the server under test waiting.
func onOwnThread<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
    let result: Result<R, any Error> = await withCheckedContinuation { continuation in
        PosixThread.start { continuation.resume(returning: Result { try body() }) }
    }
    return try result.get()
}

struct SocketFailure: Error {
    var call: String
    var code = errno
}

/// A client that sends exactly the bytes it is told, also those that no HTTP client would send. Its calls block.
final class RawClient: Sendable {
    private let descriptor: Int32

    /// Longer than any deadline in these tests: reaching it is a failure.
    private static let patienceSeconds = 10

    init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw SocketFailure(call: "socket") }
        var patience = timeval(tv_sec: Self.patienceSeconds, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        // `deinit` closes the socket of an initialiser that fails here.
        guard result == 0 else { throw SocketFailure(call: "connect") }
    }

    deinit { close(descriptor) }

    /// Returns whether all of it could be sent.
    @discardableResult func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    @discardableResult func send(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    /// The next bytes; empty at the end, `nil` when the connection was reset or nothing came.
    func receive() -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 64 << 10)
        let count = recv(descriptor, &bytes, bytes.count, 0)
        return count < 0 ? nil : Array(bytes[..<count])
    }

    /// All text until the connection is closed; `nil` when it stays open.
    func receiveToEnd() -> String? {
        var all: [UInt8] = []
        while true {
            guard let part = receive() else { return errno == ECONNRESET ? String(decoding: all, as: UTF8.self) : nil }
            if part.isEmpty { return String(decoding: all, as: UTF8.self) }
            all += part
        }
    }

    /// Text until `mark` has come, or until the end.
    func receive(until mark: String) -> String {
        var all = ""
        while !all.contains(mark), let part = receive(), !part.isEmpty { all += String(decoding: part, as: UTF8.self) }
        return all
    }

    /// One response with a `Content-Length`, the header in `head`; `nil` when the connection ended before.
    func receiveResponse() -> (head: String, body: String)? {
        var all = ""
        while true {
            if let gap = all.firstRange(of: "\r\n\r\n") {
                let head = String(all[..<gap.lowerBound])
                let lines = head.split(separator: "\r\n")
                let length =
                    lines.first { $0.lowercased().hasPrefix("content-length: ") }
                    .flatMap { Int($0.dropFirst("content-length: ".count)) } ?? 0
                let body = all[gap.upperBound...]
                if body.utf8.count >= length { return (head, String(body)) }
            }
            guard let part = receive(), !part.isEmpty else { return nil }
            all += String(decoding: part, as: UTF8.self)
        }
    }

    /// Says that nothing more will be sent.
    func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }
}
