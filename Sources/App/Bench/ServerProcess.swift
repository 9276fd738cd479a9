import Glibc
import Support

/// A server as a child process: started, watched and stopped.
struct ServerProcess: Sendable {
    let pid: pid_t
    let port: Int
    /// From its start until it said that it listens.
    let startUp: Duration
    /// The file of its standard output and error.
    let log: String

    private static let startMax: Duration = .seconds(60)
    private static let pollMicroseconds: UInt32 = 500

    /// - Parameters:
    ///   - log: the file for its standard output and error.
    ///   - arguments: without the program's name.
    init(_ executable: String, _ arguments: [String], environment: [String: String], log: String) throws {
        let start = MonotonicInstant.now()
        self.log = log
        pid = try Self.spawn(executable, arguments, environment, log: log)
        let mark = "listening on http://"
        while true {
            if let text = ProcessFile.read(log),
                let found = text.split(separator: "\n").first(where: { $0.hasPrefix(mark) }),
                text.contains("\n"), let port = found.split(separator: ":").last.flatMap({ Int($0) })
            {
                self.port = port
                startUp = MonotonicInstant.now() - start
                return
            }
            var status: Int32 = 0
            guard waitpid(pid, &status, WNOHANG) == 0, MonotonicInstant.now() - start < Self.startMax else {
                kill(pid, SIGKILL)
                throw CommandError("The server did not start:\n\(ProcessFile.read(log) ?? "")")
            }
            usleep(Self.pollMicroseconds)
        }
    }

    private static func spawn(
        _ executable: String, _ arguments: [String], _ environment: [String: String], log: String
    ) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var words = ([executable] + arguments).map { strdup($0) }
        var variables = environment.map { strdup("\($0.key)=\($0.value)") }
        defer { for word in words + variables { free(word) } }
        words.append(nil)
        variables.append(nil)
        var pid: pid_t = 0
        let failure = posix_spawn(&pid, executable, &actions, nil, words, variables)
        guard failure == 0 else {
            throw CommandError("\(executable) cannot be started: \(String(cString: strerror(failure)))")
        }
        return pid
    }

    /// Asks it to drain and waits for its end.
    func stop() {
        var status: Int32 = 0
        // Where it has ended, its number may be somebody else's by now.
        guard waitpid(pid, &status, WNOHANG) == 0 else { return }
        kill(pid, SIGTERM)
        waitpid(pid, &status, 0)
    }

    /// Ends it in the middle of whatever it does.
    func crash() {
        kill(pid, SIGKILL)
        var status: Int32 = 0
        waitpid(pid, &status, 0)
    }

    /// How many facts of this kind it has logged of a flow's runs.
    func factCount(_ kind: String, of flow: String) -> Int {
        let marks = ["\"fact\":\"\(kind)\"", "\"flow\":\"\(flow)\""]
        return (ProcessFile.read(log) ?? "").split(separator: "\n").count { line in marks.allSatisfy(line.contains) }
    }

    /// Memory that is its own, shared pages in proportion, in KiB.
    var proportionalKiB: Int { Self.proportionalKiB(of: pid) }

    static func proportionalKiB(of pid: pid_t) -> Int {
        let lines = (ProcessFile.read("/proc/\(pid)/smaps_rollup") ?? "").split(separator: "\n")
        let line = lines.first { $0.hasPrefix("Pss:") } ?? ""
        return line.split(separator: " ").compactMap { Int($0) }.first ?? 0
    }

    /// Processor time so far, of all its threads, in seconds.
    var processorSeconds: Double { Self.processorSeconds(of: pid) }

    static func processorSeconds(of pid: pid_t) -> Double {
        // Behind the name, which may hold spaces, fields 14 and 15 are user and system time in ticks.
        let text = ProcessFile.read("/proc/\(pid)/stat") ?? ""
        let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return 0 }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }
}

/// Servers that share a database, measured together.
struct ServerGroup: Sendable {
    let servers: [ServerProcess]

    var ports: [Int] { servers.map(\.port) }
    /// The longest.
    var startUp: Duration { servers.map(\.startUp).max() ?? .zero }
    var proportionalKiB: Int { servers.reduce(0) { $0 + $1.proportionalKiB } }
    var processorSeconds: Double { servers.reduce(0) { $0 + $1.processorSeconds } }

    func factCount(_ fact: String, of flow: String) -> Int {
        servers.reduce(0) { $0 + $1.factCount(fact, of: flow) }
    }

    func stop() {
        for server in servers { server.stop() }
    }

    func crash() {
        for server in servers { server.crash() }
    }
}

/// Files whose size is not known before they are read, such as those of `/proc`.
enum ProcessFile {
    static func read(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
