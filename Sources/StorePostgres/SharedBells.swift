package import ApprovalEngine
import Dispatch
import Glibc
package import Support
import Synchronization

/// Bells that are heard in every replica: rung here at once, and in the others through the database.
///
/// A notification is a hint: it is sent after the commit and beside it, because notifying within a commit would make
/// commits wait for each other. One that is lost costs the time until the others look by themselves.
package final class SharedBells: Waiting, Service {
    package let name = "bells"
    private let url: String
    private let local: any Waiting
    private let log: Log
    private let state = Mutex(State())
    /// Two connected sockets: what is written to one interrupts the wait at the other.
    private let alarm: (ring: Int32, hear: Int32)

    private struct State {
        var unsent: Set<Bell> = []
        var isStopped = false
    }

    private static let channel: SQL.Fragment = "symflow_bells"
    /// What rings within this time goes out together.
    static let gatherTime: Duration = .milliseconds(40)
    /// Between two attempts to connect.
    static let pauseAfterError: Duration = .seconds(1)
    /// PostgreSQL takes less than 8,000.
    static let payloadBytesMax = 7000
    /// More runs than this ring at once, and nobody can be waiting for most of them: their bells are left to polling.
    static let runsMax = 500

    /// - Parameters:
    ///   - url: of the database that the replicas share.
    ///   - local: the bells of this process.
    package init(url: String, local: any Waiting, log: Log) {
        self.url = url
        self.local = local
        self.log = log
        var ends: [Int32] = [-1, -1]
        let kind = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
        // Without them, others hear us at the next look; a process that has no descriptors left has other sorrows.
        _ = socketpair(AF_UNIX, Int32(kind), 0, &ends)
        alarm = (ends[0], ends[1])
    }

    deinit {
        close(alarm.ring)
        close(alarm.hear)
    }

    package func wait(for bell: Bell, until: Timestamp?) async { await local.wait(for: bell, until: until) }

    package func ring(_ bell: Bell) {
        local.ring(bell)
        guard bell.word != nil else { return }
        let isFirst = state.withLock { state in
            if state.unsent.count >= Self.runsMax, case .run = bell { return false }
            defer { state.unsent.insert(bell) }
            return state.unsent.isEmpty
        }
        if isFirst { interrupt() }
    }

    package func run() async throws {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                DispatchQueue(label: "symflow.postgres.bells").async {
                    self.work()
                    continuation.resume()
                }
            }
        } onCancel: {
            state.withLock { $0.isStopped = true }
            interrupt()
        }
    }

    // MARK: On its own thread

    private var isStopped: Bool { state.withLock { $0.isStopped } }

    private func interrupt() {
        var byte: UInt8 = 1
        _ = send(alarm.ring, &byte, 1, Int32(MSG_NOSIGNAL))
    }

    private func work() {
        var isConnected = true
        while !isStopped {
            do {
                var session = try Session.open(url)
                try session.run("LISTEN \(Self.channel)")
                try Presence.begin(in: &session)
                if !isConnected { log.info("other replicas can be heard again") }
                isConnected = true
                // What rang meanwhile was missed.
                for lane in Lane.allCases { local.ring(.lane(lane)) }
                local.ring(.deadlines)
                while !isStopped { try pass(&session) }
            } catch {
                if isConnected { log.warning("other replicas cannot be heard", ["error": "\(error)"]) }
                isConnected = false
                if !isStopped { pause(for: Self.pauseAfterError) }
            }
        }
    }

    private func pass(_ session: inout Session) throws {
        var waiting = [
            pollfd(fd: session.descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: alarm.hear, events: Int16(POLLIN), revents: 0),
        ]
        _ = poll(&waiting, 2, -1)
        for (sender, payload) in try session.takeNotifications() where sender != session.identity.process {
            for word in payload.split(separator: ",") {
                if let bell = Bell(word: word) { local.ring(bell) }
            }
        }
        guard waiting[1].revents != 0, !isStopped else { return }
        pause(for: Self.gatherTime)
        var bytes = [UInt8](repeating: 0, count: 64)
        while recv(alarm.hear, &bytes, bytes.count, 0) > 0 {}
        let bells = state.withLock { state in
            defer { state.unsent = [] }
            return state.unsent
        }
        for payload in Self.payloads(of: bells) {
            _ = try session.row("SELECT pg_notify('\(Self.channel)', \(payload))") { _ in }
        }
    }

    private func pause(for time: Duration) {
        var waiting = pollfd(fd: -1, events: 0, revents: 0)
        _ = poll(&waiting, 1, Int32(clamping: time.milliseconds))
    }

    /// Words with commas between them, no payload longer than the server takes.
    static func payloads(of bells: Set<Bell>) -> [String] {
        var payloads: [String] = []
        for word in bells.compactMap(\.word).sorted() {
            if let last = payloads.last, last.utf8.count + 1 + word.utf8.count <= payloadBytesMax {
                payloads[payloads.count - 1] = last + "," + word
            } else {
                payloads.append(word)
            }
        }
        return payloads
    }
}

extension Bell {
    /// How it is called between replicas; `nil` for what every replica looks at by itself soon enough.
    var word: String? {
        switch self {
        case .lane(let lane): "lane/" + lane.rawValue
        // Names of runs are ours and hold no comma; others, and long ones, are not worth a notification.
        case .run(let id): id.utf8.count <= 100 && !id.utf8.contains(UInt8(ascii: ",")) ? "run/" + id : nil
        case .roster: "roster/"
        case .deadlines, .audit, .hand: nil
        }
    }

    init?(word: Substring) {
        let parts = word.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        switch parts[0] {
        case "lane":
            guard let lane = Lane(rawValue: String(parts[1])) else { return nil }
            self = .lane(lane)
        case "run": self = .run(String(parts[1]))
        case "roster": self = .roster
        default: return nil
        }
    }
}
