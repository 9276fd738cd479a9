import FoundationEssentials
import Glibc
import Support

/// A PostgreSQL server of our own: its data in a temporary folder, its socket beside it, no network. It is stopped and
/// removed when the process ends, however that ends.
///
/// `initdb` and `postgres` refuse to run as root, so they run as `nobody` then.
package final class TestCluster: Sendable {
    /// Holds the data, the sockets and the log.
    package let folder: String
    /// The supervisor waits for its end: what writes to it is this process, and nobody else.
    private let lifeline: Int32
    private let settings: [String]

    /// The one that all tests of a process share; made when it is first asked for.
    package static var shared: TestCluster { get throws { try made.get() } }
    private static let made = Result { try TestCluster() }

    private static let port = 5432
    private static let user = "symflow"

    /// - Parameter isDurable: syncs as in production; else nothing is safe from a power cut, and all is quicker.
    package convenience init(isDurable: Bool = false, settings: [String] = []) throws {
        try self.init(isDurable: isDurable, settings: settings) { cluster in
            // A superuser without a password: only whoever may use the socket's folder gets in.
            try cluster.run(
                "initdb", "--pgdata", cluster.data, "--username", Self.user, "--auth", "trust", "--encoding", "UTF8",
                "--locale", "C.UTF-8", "--no-sync"
            )
        }
    }

    /// A standby of `primary` that gets everything it writes.
    package convenience init(standbyOf primary: TestCluster) throws {
        try self.init(isDurable: false, settings: []) { standby in
            try standby.run(
                "pg_basebackup", "--pgdata", standby.data, "--write-recovery-conf", "--checkpoint", "fast", "--no-sync",
                "--dbname", primary.url(database: "postgres") + "&application_name=standby"
            )
        }
    }

    private init(isDurable: Bool, settings: [String], make: (TestCluster) throws -> Void) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "symflow-pg-\(IDGenerator.random.next())")
            .path()
        self.settings =
            [
                "listen_addresses=", "unix_socket_directories=\(folder)", "port=\(Self.port)", "max_connections=300",
                "shared_buffers=64MB", "wal_level=replica", "max_wal_senders=4", "hot_standby=on",
                "log_checkpoints=off",
                "fsync=\(isDurable ? "on" : "off")", "full_page_writes=\(isDurable ? "on" : "off")",
            ] + settings
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        if getuid() == 0, let nobody = getpwnam("nobody") {
            chown(folder, nobody.pointee.pw_uid, nobody.pointee.pw_gid)
        }
        chmod(folder, 0o700)
        var ends: [Int32] = [0, 0]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            throw ClusterError("socketpair: \(errno)")
        }
        lifeline = ends[1]
        let supervise = "cat >/dev/null; \"$@\" >/dev/null 2>&1; rm -rf '\(folder)'"
        let stop = Self.unprivileged(try Self.program("pg_ctl"))
        _ = try Self.spawn(
            ["/usr/bin/setsid", "/bin/sh", "-c", supervise, "sh"] + stop + [
                "stop", "--pgdata", folder + "/data", "--mode", "immediate",
            ], input: ends[0], output: nil
        )
        close(ends[0])
        try make(self)
        try start()
    }

    deinit { close(lifeline) }

    package var data: String { folder + "/data" }

    // MARK: Stopping and starting

    package func start() throws {
        try run(
            "pg_ctl", "start", "--pgdata", data, "--wait", "--timeout", "60", "--log", folder + "/log", "--options",
            settings.map { "-c \($0)" }.joined(separator: " ")
        )
    }

    package enum StopMode: String {
        /// Connections are ended, everything is written.
        case fast
        /// As if the power was cut.
        case immediate
    }

    package func stop(_ mode: StopMode = .fast) throws {
        try run("pg_ctl", "stop", "--pgdata", data, "--mode", mode.rawValue, "--wait")
    }

    /// Makes a standby the primary.
    package func promote() throws { try run("pg_ctl", "promote", "--pgdata", data, "--wait") }

    // MARK: Databases

    package func url(database: String) -> String {
        "postgresql:///\(database)?host=\(folder)&port=\(Self.port)&user=\(Self.user)"
    }

    /// - Returns: the URL of a new, empty database.
    package func makeDatabase() throws -> String {
        let name = "test_" + IDGenerator.random.next().lowercased().filter { $0.isLetter || $0.isNumber }
        try query("CREATE DATABASE \(name)")
        return url(database: name)
    }

    /// Runs SQL and returns what `psql` prints of it, unaligned and without headings.
    @discardableResult
    package func query(_ text: String, url: String? = nil) throws -> String {
        try run(
            "psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set", "ON_ERROR_STOP=1", "--command",
            text, "--dbname", url ?? self.url(database: "postgres")
        )
    }

    // MARK: Programs

    /// Runs one of PostgreSQL's programs to its end.
    ///
    /// - Returns: what it printed.
    @discardableResult
    package func run(_ name: String, _ arguments: String...) throws -> String {
        let output = folder + "/output-\(IDGenerator.random.next())"
        defer { unlink(output) }
        let child = try Self.spawn(
            Self.unprivileged(try Self.program(name)) + arguments, input: nil, output: output
        )
        var status: Int32 = 0
        while waitpid(child, &status, 0) == -1 && errno == EINTR {}
        let text = (try? String(contentsOf: URL(filePath: output), encoding: .utf8)) ?? ""
        guard status == 0 else { throw ClusterError("\(name) failed (\(status)):\n\(text)") }
        return text.trimmed
    }

    /// Debian keeps the programs of each version in a folder of its own; the newest counts.
    private static func program(_ name: String) throws -> String {
        let root = "/usr/lib/postgresql"
        let versions = ((try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []).compactMap { Int($0) }
        for version in versions.sorted(by: >) where access("\(root)/\(version)/bin/\(name)", X_OK) == 0 {
            return "\(root)/\(version)/bin/\(name)"
        }
        throw ClusterError("there is no \(name) below \(root): install the Debian package postgresql")
    }

    private static func unprivileged(_ program: String) -> [String] {
        getuid() == 0
            ? ["/usr/bin/setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", program] : [program]
    }

    private static func spawn(_ words: [String], input: Int32?, output: String?) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let input {
            posix_spawn_file_actions_adddup2(&actions, input, 0)
        } else {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        posix_spawn_file_actions_addopen(
            &actions, 1, output ?? "/dev/null", O_WRONLY | O_CREAT | O_TRUNC, 0o666
        )
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        let copies = words.map { strdup($0) } + [nil]
        let settings: [String] = ["PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8"]
        let variables = settings.map { strdup($0) } + [nil]
        defer { for text in copies + variables { free(text) } }
        var child = pid_t()
        let failure = posix_spawn(&child, words[0], &actions, &attributes, copies, variables)
        guard failure == 0 else { throw ClusterError("\(words[0]): \(String(cString: strerror(failure)))") }
        return child
    }
}

package struct ClusterError: Error, CustomStringConvertible {
    package var description: String
    init(_ description: String) { self.description = description }
}
