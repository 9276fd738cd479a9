import ApprovalCore
import Dispatch
import FoundationEssentials
import Glibc
import Support
import Synchronization

/// The approved command, as a child of this program: with its terminal, its environment and its signals.
final class RunningCommand: Sendable {
    private let pid: pid_t
    /// Whether the child leads a process group. On a terminal it stays in ours, so that Ctrl-C and Ctrl-Z reach it.
    private let hasGroup: Bool
    private let isOver = Mutex(false)

    /// Between asking a command that has run for too long to end, and ending it.
    private static let grace: Duration = .seconds(10)

    /// - Throws: `CommandError` when it cannot be started.
    init(_ words: [String]) throws {
        hasGroup = isatty(0) == 0
        pid = try ChildProgram.spawn(words, newGroup: hasGroup)
    }

    /// Hands a signal on. What a terminal sends has reached the child already.
    func receive(_ number: Int32) {
        if !hasGroup, number == SIGINT || number == SIGQUIT { return }
        send(number)
    }

    private func send(_ number: Int32) {
        // After its end the number may be another's.
        isOver.withLock { isOver in
            if !isOver { kill(hasGroup ? -pid : pid, number) }
        }
    }

    /// Waits for its end; after `limit` it is told to end, and then ended.
    func end(within limit: Duration?, overtime: @escaping @Sendable (Duration) -> Void) async -> CommandEnd {
        let watch = Task {
            guard let limit, (try? await Task.sleep(for: limit)) != nil else { return }
            overtime(limit)
            send(SIGTERM)
            guard (try? await Task.sleep(for: Self.grace)) != nil else { return }
            send(SIGKILL)
        }
        defer { watch.cancel() }
        return await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: self.wait()) }
        }
    }

    private func wait() -> CommandEnd {
        // Left unreaped until the lock is held, so that no signal is sent to another process of the same number.
        var info = siginfo_t()
        while waitid(P_PID, id_t(pid), &info, WEXITED | WNOWAIT) != 0, errno == EINTR {}
        return isOver.withLock { isOver in
            isOver = true
            var status: Int32 = 0
            while waitpid(pid, &status, 0) < 0, errno == EINTR {}
            let signal = status & 0x7f
            return signal == 0 ? .exited(Int(status >> 8 & 0xff)) : .killed(signal: Int(signal))
        }
    }
}

/// Programs as children.
enum ChildProgram {
    /// Starts a program that is looked for on `PATH`, with no signal ignored.
    ///
    /// - Parameters:
    ///   - newGroup: whether it leads a process group of its own.
    ///   - output: where its standard output goes, and its complaints nowhere; our own where absent.
    static func spawn(
        _ words: [String], environment: [String: String]? = nil, newGroup: Bool = false, output: Int32? = nil
    ) throws -> pid_t {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        var flags = Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK)
        if newGroup { flags |= Int16(POSIX_SPAWN_SETPGROUP) }
        posix_spawnattr_setflags(&attributes, flags)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let output {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
            posix_spawn_file_actions_adddup2(&actions, output, 1)
            posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        }
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
        let inherited = environment ?? ProcessInfo.processInfo.environment
        var variables: [UnsafeMutablePointer<CChar>?] = inherited.map { strdup("\($0.key)=\($0.value)") }
        defer { for word in arguments + variables { free(word) } }
        arguments.append(nil)
        variables.append(nil)
        var pid: pid_t = 0
        let failure = posix_spawnp(&pid, words[0], &actions, &attributes, arguments, variables)
        guard failure == 0 else {
            throw CommandError("\(words[0]) cannot be started: \(String(cString: strerror(failure)))")
        }
        return pid
    }

    /// What a program writes to its standard output; `nil` when it fails or cannot be started.
    static func output(of words: [String], environment: [String: String]) -> String? {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let pid = try? spawn(words, environment: environment, output: ends[1])
        close(ends[1])
        defer { close(ends[0]) }
        guard let pid else { return nil }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = read(ends[0], &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        return status == 0 ? String(decoding: bytes, as: UTF8.self) : nil
    }
}
