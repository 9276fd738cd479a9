import Glibc
import Synchronization

/// A process that may have entries of the outbox in hand, known by what no other process ever shares with it.
///
/// A process on the same machine can find out whether it still runs; of one on another machine only the end of its
/// leases is known.
struct Holder: Hashable, Sendable, CustomStringConvertible {
    /// The kernel's run and the process numbers' space.
    var machine: String
    var process: Int32
    /// In clock ticks since the kernel started: numbers of processes are used again.
    var startedAt: UInt64

    var description: String { "\(machine)/\(process)/\(startedAt)" }

    init(machine: String, process: Int32, startedAt: UInt64) {
        self.machine = machine
        self.process = process
        self.startedAt = startedAt
    }

    /// Names one claim of this process: entries whose claim was never answered are known by it.
    func nextToken() -> String { "\(self)/\(Self.claims.wrappingAdd(1, ordering: .relaxed).newValue)" }

    private static let claims = Atomic<UInt64>(0)

    /// Reads what `description` or `nextToken` wrote.
    init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count >= 3, let process = Int32(parts[1]), let startedAt = UInt64(parts[2]) else { return nil }
        self.init(machine: String(parts[0]), process: process, startedAt: startedAt)
    }

    static let current = Holder(
        machine: machine, process: getpid(), startedAt: startTime(of: getpid()) ?? 0
    )

    /// Whether the process has certainly ended. Whoever cannot know says no.
    var hasEnded: Bool {
        machine == Self.machine && !machine.isEmpty && Self.startTime(of: process) != startedAt
    }

    static let machine: String = {
        let boot = read("/proc/sys/kernel/random/boot_id").prefix { $0 != "\n" }
        var space = [CChar](repeating: 0, count: 64)
        let length = readlink("/proc/self/ns/pid", &space, space.count - 1)
        guard !boot.isEmpty, length > 0 else { return "" }
        return boot + "-" + String(decoding: space[..<length].map(UInt8.init(bitPattern:)), as: UTF8.self)
    }()

    /// The 22nd field of `/proc/PID/stat`; `nil` when there is no such process, or it is a corpse.
    private static func startTime(of process: Int32) -> UInt64? {
        // Behind the name, which may hold spaces and parentheses.
        let fields = read("/proc/\(process)/stat").split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 19, fields[0] != "Z", fields[0] != "X" else { return nil }
        return UInt64(fields[19])
    }

    private static func read(_ path: String) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = Glibc.read(descriptor, &buffer, buffer.count)
        return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : ""
    }
}
