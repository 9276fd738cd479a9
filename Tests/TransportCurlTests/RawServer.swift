import Glibc
import Support
import Synchronization

/// Listens on a free port of the loopback and treats each connection as the test says, on a thread of its own.
final class RawServer: Sendable {
    let port: Int
    private let listener: Int32
    private let accepted = Atomic(0)

    /// Connections accepted so far.
    var connections: Int { accepted.load(ordering: .acquiring) }

    /// - Parameter serve: gets the number of the connection, from 1; the connection closes when it returns.
    init(_ serve: @escaping @Sendable (Peer, Int) -> Void) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isReady = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, size) == 0 && listen(listener, 64) == 0 && getsockname(listener, $0, &size) == 0
            }
        }
        precondition(isReady, "the loopback gives no port")
        self.listener = listener
        port = Int(UInt16(bigEndian: address.sin_port))
        PosixThread.start { [weak self] in
            while true {
                let descriptor = accept(listener, nil, nil)
                guard descriptor >= 0 else { break }
                let number = self?.accepted.add(1, ordering: .acquiringAndReleasing).newValue ?? 0
                PosixThread.start {
                    serve(Peer(descriptor: descriptor), number)
                    close(descriptor)
                }
            }
            close(listener)
        }
    }

    deinit { shutdown(listener, Int32(SHUT_RDWR)) }

    var url: String { "http://127.0.0.1:\(port)" }

    /// The other end of one connection.
    struct Peer: Sendable {
        let descriptor: Int32

        /// Reads one request without a body, or one with a `Content-Length`; empty when the client has closed.
        func readRequest() -> String {
            var all: [UInt8] = []
            while true {
                let text = String(decoding: all, as: UTF8.self)
                if let gap = text.firstRange(of: "\r\n\r\n") {
                    let length =
                        text[..<gap.lowerBound].split(separator: "\r\n")
                        .first { $0.lowercased().hasPrefix("content-length: ") }
                        .flatMap { Int($0.dropFirst("content-length: ".count)) } ?? 0
                    if text[gap.upperBound...].utf8.count >= length { return text }
                }
                var bytes = [UInt8](repeating: 0, count: 4096)
                let count = recv(descriptor, &bytes, bytes.count, 0)
                guard count > 0 else { return text }
                all += bytes[..<count]
            }
        }

        /// Returns whether the client takes it.
        @discardableResult func send(_ text: String) -> Bool {
            var rest = Array(text.utf8)[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes {
                    Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard count > 0 else { return false }
                rest = rest.dropFirst(count)
            }
            return true
        }

        func pause(milliseconds: UInt32) { usleep(milliseconds * 1000) }

        /// Waits until the client closes.
        func waitForEnd() {
            var byte: UInt8 = 0
            while recv(descriptor, &byte, 1, 0) > 0 {}
        }
    }
}

/// A port of the loopback on which nobody listens.
func refusedPort() throws -> Int { try RawServer { _, _ in }.port }

/// Counts from 1.
final class Numbers: Sendable {
    private let count = Atomic(0)
    var last: Int { count.load(ordering: .acquiring) }
    func next() -> Int { count.add(1, ordering: .acquiringAndReleasing).newValue }
}
