import CPosix
import Glibc
import Support

/// One kept connection with at most one request under way.
struct LoadConnection {
    private let number: Int
    private let port: Int
    private var descriptor: Int32 = -1
    private var outgoing: ArraySlice<UInt8> = []
    private var incoming: [UInt8] = []
    var isIdle = true
    /// When the request under way was to leave.
    private(set) var due = MonotonicInstant.now()

    init(number: Int, port: Int) {
        self.number = number
        self.port = port
    }

    /// - Returns: false when it could not leave.
    mutating func send(_ bytes: [UInt8], due: MonotonicInstant, on ready: Int32) -> Bool {
        self.due = due
        isIdle = false
        outgoing = bytes[...]
        incoming.removeAll(keepingCapacity: true)
        if descriptor < 0 { connect(ready) }
        return descriptor >= 0 && flush(ready)
    }

    private mutating func connect(_ ready: Int32) {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.connect(descriptor, $0, size) }
        }
        guard connected == 0 else { return close() }
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        if cposix_ready_watch(ready, descriptor, UInt32(number), 1, 0) != 0 { close() }
    }

    /// Sends as far as it goes without waiting.
    /// - Returns: false when the connection broke.
    private mutating func flush(_ ready: Int32) -> Bool {
        while !outgoing.isEmpty {
            let count = outgoing.withUnsafeBytes { cposix_send_some(descriptor, $0.baseAddress, $0.count) }
            if count == -2 { return cposix_ready_watch(ready, descriptor, UInt32(number), 0, 1) == 0 }
            guard count > 0 else {
                close()
                return false
            }
            outgoing = outgoing.dropFirst(count)
            if outgoing.isEmpty, outgoing.startIndex > count {
                return cposix_ready_watch(ready, descriptor, UInt32(number), 0, 0) == 0
            }
        }
        return true
    }

    /// Sends and receives as far as it goes without waiting.
    /// - Returns: the answer's status once it is whole; 0 when the connection broke before.
    mutating func advance(on ready: Int32, _ buffer: inout [UInt8]) -> Int? {
        if isIdle {
            // The server has closed a connection that nothing is under way on.
            close()
            return nil
        }
        guard flush(ready) else { return 0 }
        while true {
            let count = cposix_read_some(descriptor, &buffer, buffer.count)
            if count == -2 { return nil }
            guard count > 0 else {
                close()
                return 0
            }
            incoming += buffer[..<count]
            guard let answer = LoadAnswer(incoming) else { continue }
            if answer.closes { close() }
            return answer.status
        }
    }

    mutating func close() {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
    }
}

/// An answer that has arrived whole.
struct LoadAnswer {
    let status: Int
    /// Whether the server closes the connection behind it.
    let closes: Bool

    private static let statusAt = 9..<12
    private static let lengthName = Array("content-length:".utf8)
    private static let chunkedLine = Array("transfer-encoding: chunked".utf8)
    private static let closeLine = Array("connection: close".utf8)
    private static let lastChunk = Array("0\r\n\r\n".utf8)

    /// `nil` while some of it is missing.
    init?(_ bytes: [UInt8]) {
        var length = 0
        var isChunked = false
        var closes = bytes.count > 7 && bytes[7] == UInt8(ascii: "0")
        var status = 0
        var start = 0
        while true {
            guard let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) else { return nil }
            let line = bytes[start..<max(start, end - 1)]
            if start == 0 {
                guard line.count >= Self.statusAt.upperBound else { return nil }
                status = Self.number(line[Self.statusAt])
            }
            start = end + 1
            if line.isEmpty { break }
            if Self.begins(line, Self.lengthName) { length = Self.number(line.dropFirst(Self.lengthName.count)) }
            if Self.begins(line, Self.chunkedLine) { isChunked = true }
            if Self.begins(line, Self.closeLine) { closes = true }
        }
        if isChunked {
            guard bytes.count >= start + Self.lastChunk.count, bytes.suffix(5).elementsEqual(Self.lastChunk) else {
                return nil
            }
        } else if bytes.count < start + length {
            return nil
        }
        self.status = status
        self.closes = closes
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int {
        digits.reduce(0) { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($1) ? $0 * 10 + Int($1 - 0x30) : $0 }
    }

    /// - Parameter start: in lower case.
    private static func begins(_ line: ArraySlice<UInt8>, _ start: [UInt8]) -> Bool {
        guard line.count >= start.count else { return false }
        var place = line.startIndex
        for byte in start {
            let isUpper = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(line[place])
            if (isUpper ? line[place] | 0x20 : line[place]) != byte { return false }
            place += 1
        }
        return true
    }
}
