import Glibc
import Support

/// Sends requests over kept connections and measures how long the answers take. One thread and one `poll` for all
/// connections, so that it costs little beside what it measures.
struct LoadGenerator: Sendable {
    enum Pace: Sendable, Hashable {
        /// The next request leaves as soon as a connection is free.
        case closedLoop
        /// Requests leave when they are due, whatever became of those before; latency counts from when one was due, so
        /// that a server that stalls does not hide its stall.
        case perSecond(Double)
    }

    /// Servers that share the connections.
    let ports: [Int]
    let connections: Int
    let pace: Pace

    /// How long answers may take after the last request has left.
    private static let graceSeconds: Int64 = 10

    /// - Parameters:
    ///   - time: for how long requests leave.
    ///   - next: the bytes of the next request; `nil` when there are no more.
    func run(for time: Duration, _ next: @escaping @Sendable () -> [UInt8]?) async -> LoadResult {
        await withCheckedContinuation { continuation in
            PosixThread.start {
                var run = LoadRun(ports: ports, connections: connections, pace: pace)
                continuation.resume(returning: run.run(for: time, grace: .seconds(Self.graceSeconds), next))
            }
        }
    }
}

struct LoadResult: Sendable {
    var latencies = Latencies()
    var sent = 0
    /// By status; 0 stands for a connection that broke or did not answer.
    var statuses: [Int: Int] = [:]
    /// From the first request's leaving to the last answer.
    var elapsed: Duration = .zero

    var succeeded: Int { statuses.filter { (200...299).contains($0.key) }.values.reduce(0, +) }
    var failed: Int { statuses.values.reduce(0, +) - succeeded }
    var perSecond: Double {
        let seconds = elapsed / .seconds(1)
        return seconds > 0 ? Double(succeeded) / seconds : 0
    }
}

/// One run of a generator, on its own thread.
private struct LoadRun {
    private let pace: LoadGenerator.Pace
    private var connections: [LoadConnection]
    private var result = LoadResult()

    private static let stepMicroseconds: Int64 = 30

    init(ports: [Int], connections: Int, pace: LoadGenerator.Pace) {
        self.pace = pace
        self.connections = (0..<connections).map { LoadConnection(port: ports[$0 % ports.count]) }
    }

    mutating func run(for time: Duration, grace: Duration, _ next: () -> [UInt8]?) -> LoadResult {
        let start = MonotonicInstant.now()
        let end = start + time
        let lastAnswer = end + grace
        var isMore = true
        var due = start
        var index = 0
        while true {
            var now = MonotonicInstant.now()
            for place in connections.indices where isMore && connections[place].isIdle {
                let intended: MonotonicInstant
                switch pace {
                case .closedLoop: intended = now
                case .perSecond: intended = due
                }
                guard intended <= now else { break }
                guard now < end, let bytes = next() else {
                    isMore = false
                    break
                }
                result.sent += 1
                connections[place].send(bytes, intended: intended, &result)
                index += 1
                if case .perSecond(let rate) = pace {
                    due = start + .nanoseconds(Int64(Double(index) * 1_000_000_000 / rate))
                }
                now = MonotonicInstant.now()
            }
            let isWaiting = connections.contains { !$0.isIdle }
            if (!isMore && !isWaiting) || now >= lastAnswer { break }
            switch pace {
            // An answer may have come at once.
            case .closedLoop where isMore && connections.contains { $0.isIdle }: continue
            case .closedLoop: wait(isMore ? end : lastAnswer, now)
            case .perSecond: wait(isMore ? due : lastAnswer, now)
            }
        }
        result.elapsed = MonotonicInstant.now() - start
        for place in connections.indices { connections[place].abandon(&result) }
        result.latencies.sort()
        return result
    }

    /// Takes in what has arrived; returns at `time` at the latest.
    private mutating func wait(_ time: MonotonicInstant, _ now: MonotonicInstant) {
        var polled: [pollfd] = []
        var places: [Int] = []
        for place in connections.indices where !connections[place].isIdle {
            let events = Int16(connections[place].isSending ? POLLIN | POLLOUT : POLLIN)
            polled.append(pollfd(fd: connections[place].descriptor, events: events, revents: 0))
            places.append(place)
        }
        let left = max(0, time.nanoseconds - now.nanoseconds)
        // `poll` knows whole milliseconds only; what is left below one is slept in small steps.
        let isShort = left < 1_000_000
        guard poll(&polled, nfds_t(polled.count), isShort ? 0 : Int32(clamping: left / 1_000_000)) > 0 else {
            if isShort { usleep(UInt32(min(left / 1000, Self.stepMicroseconds))) }
            return
        }
        for (entry, place) in zip(polled, places) where entry.revents != 0 {
            connections[place].advance(&result)
        }
    }
}

/// One kept connection with at most one request under way.
private struct LoadConnection {
    private let port: Int
    private(set) var descriptor: Int32 = -1
    private var outgoing: ArraySlice<UInt8> = []
    private var incoming: [UInt8] = []
    private var intended: MonotonicInstant?

    init(port: Int) { self.port = port }

    var isIdle: Bool { intended == nil }
    var isSending: Bool { !outgoing.isEmpty }

    mutating func send(_ bytes: [UInt8], intended: MonotonicInstant, _ result: inout LoadResult) {
        self.intended = intended
        outgoing = bytes[...]
        incoming.removeAll(keepingCapacity: true)
        if descriptor < 0 { connect() }
        advance(&result)
    }

    private mutating func connect() {
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
    }

    /// Sends and receives as far as it goes without waiting.
    mutating func advance(_ result: inout LoadResult) {
        guard descriptor >= 0 else { return finish(0, &result) }
        while !outgoing.isEmpty {
            let count = outgoing.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0 {
                if errno == EAGAIN { break }
                close()
                return finish(0, &result)
            }
            outgoing = outgoing.dropFirst(count)
        }
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count < 0, errno == EAGAIN { return }
            guard count > 0 else {
                close()
                return finish(0, &result)
            }
            incoming += buffer[..<count]
            guard let answer = LoadAnswer(incoming) else { continue }
            if answer.closes { close() }
            return finish(answer.status, &result)
        }
    }

    mutating func abandon(_ result: inout LoadResult) {
        if !isIdle { finish(0, &result) }
        close()
    }

    private mutating func finish(_ status: Int, _ result: inout LoadResult) {
        guard let intended else { return }
        let took = MonotonicInstant.now().nanoseconds - intended.nanoseconds
        self.intended = nil
        outgoing = []
        result.statuses[status, default: 0] += 1
        if (200...299).contains(status) { result.latencies.add(took) }
    }

    private mutating func close() {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
    }
}

/// An answer that has arrived whole.
private struct LoadAnswer {
    let status: Int
    let closes: Bool

    /// `nil` while some of it is missing.
    init?(_ bytes: [UInt8]) {
        let mark: [UInt8] = [13, 10, 13, 10]
        guard bytes.count > 12,
            let end = bytes.indices.dropLast(3).first(where: {
                bytes[$0] == 13 && bytes[$0..<($0 + 4)].elementsEqual(mark)
            })
        else { return nil }
        let head = String(decoding: bytes[..<end], as: UTF8.self)
        var length: Int?
        var isChunked = false
        var closes = head.hasPrefix("HTTP/1.0")
        for line in head.split(separator: "\r\n").dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { continue }
            let value = String(parts[1]).trimmed.lowercased()
            switch parts[0].lowercased() {
            case "content-length": length = Int(value)
            case "transfer-encoding": isChunked = value.contains("chunked")
            case "connection": closes = value == "close"
            default: break
            }
        }
        let body = bytes[(end + 4)...]
        if isChunked {
            guard body.suffix(5).elementsEqual([0x30, 13, 10, 13, 10]) else { return nil }
        } else if body.count < length ?? 0 {
            return nil
        }
        status = Int(head.dropFirst(9).prefix(3)) ?? 0
        self.closes = closes
    }
}
