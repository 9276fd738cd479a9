import Glibc
import Support

/// A program that a test runs: its output line by line, its signals, its exit. Killed and reaped when the test ends.
final class Child: Sendable {
    struct Ended: Equatable, CustomStringConvertible {
        /// The exit code; `nil` when a signal ended it.
        var code: Int32?
        var signal: Int32

        var description: String { code.map { "exit \($0)" } ?? "signal \(signal)" }
    }

    private struct State {
        var output: [String] = []
        var errors: [String] = []
        var openPipes = 2
        var ended: Ended?
    }

    let id: pid_t
    private let state = Watched(State())

    /// - Parameters:
    ///   - environment: all of it; nothing is inherited.
    ///   - folder: where its pipes are made.
    init(_ path: String, _ arguments: [String], environment: [String: String], folder: TestFolder) throws {
        let outputPipe = try Pipe(in: folder)
        let errorPipe = try Pipe(in: folder)
        id = try Self.spawn(path, arguments, environment, folder, outputPipe, errorPipe)
        outputPipe.read(line: { line in self.state.change { $0.output.append(line) } }) {
            self.state.change { $0.openPipes -= 1 }
        }
        errorPipe.read(line: { line in self.state.change { $0.errors.append(line) } }) {
            self.reap()
            self.state.change { $0.openPipes -= 1 }
        }
    }

    var errorLines: [String] { state.read { $0.errors } }
    var outputLines: [String] { state.read { $0.output } }
    var ended: Ended? { state.read { $0.ended } }

    func send(signal number: Int32) {
        state.read { state in
            // Reaping happens under the same lock: the id is still this program's.
            if state.ended == nil { _ = kill(id, number) }
        }
    }

    /// The first line of standard error that begins so; `nil` when the program ends, or the time is over, before it.
    func errorLine(beginning prefix: String, within time: Duration) async -> String? {
        await state.wait(upTo: time) { state -> String?? in
            if let line = state.errors.first(where: { $0.hasPrefix(prefix) }) { return .some(line) }
            return state.ended == nil ? nil : .some(nil)
        } ?? nil
    }

    func hasErrorLines(with text: String, count: Int, within time: Duration) async -> Bool {
        await state.wait(upTo: time) { state in
            state.errors.count { $0.contains(text) } >= count ? true : nil
        } ?? false
    }

    /// How it ended, with all its output read; `nil` when it runs on.
    func end(within time: Duration) async -> Ended? {
        await state.wait(upTo: time) { $0.openPipes == 0 ? $0.ended : nil }
    }

    // MARK: The system's side

    private func reap() {
        var info = siginfo_t()
        while waitid(P_PID, id_t(id), &info, WEXITED | WNOWAIT) == -1 && errno == EINTR {}
        state.change { state in
            var status: Int32 = 0
            _ = waitpid(id, &status, 0)
            let signal = status & 0x7f
            state.ended = Ended(code: signal == 0 ? (status >> 8) & 0xff : nil, signal: signal)
        }
    }

    /// What a program under a sanitizer is told, as this one was (`config/test --sanitize`).
    private static let sanitizerOptions: [String] = {
        let names: [String] = ["ASAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS"]
        return names.compactMap { name in getenv(name).map { "\(name)=\(String(cString: $0))" } }
    }()

    private static func spawn(
        _ path: String, _ arguments: [String], _ environment: [String: String], _ folder: TestFolder,
        _ output: Pipe, _ errors: Pipe
    ) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output.path, O_WRONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 2, errors.path, O_WRONLY, 0)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        let words = ([path] + arguments).map { strdup($0) } + [nil]
        let variables = (Self.sanitizerOptions + environment.map { "\($0.key)=\($0.value)" }).map { strdup($0) } + [nil]
        defer { for text in words + variables { free(text) } }
        var id = pid_t()
        let failure = posix_spawn(&id, path, &actions, &attributes, words, variables)
        guard failure == 0 else { throw HarnessError("cannot run \(path): \(String(cString: strerror(failure)))") }
        return id
    }
}

/// A named pipe: only its one writer ever holds the writing end, so its end of file means what it says.
private struct Pipe {
    let path: String
    private let descriptor: Int32

    init(in folder: TestFolder) throws {
        path = folder.file("pipe-\(IDGenerator.random.next())")
        guard mkfifo(path, 0o600) == 0 else { throw HarnessError("mkfifo: \(errno)") }
        // Without a writer only this mode opens at once.
        descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { throw HarnessError("open: \(errno)") }
    }

    /// Reads until the writer has gone, on a thread of its own. To be called once the writer is there.
    func read(line: @escaping @Sendable (String) -> Void, end: @escaping @Sendable () -> Void) {
        let descriptor = descriptor
        _ = fcntl(descriptor, F_SETFL, 0)
        PosixThread.start {
            var rest: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while true {
                let count = Glibc.read(descriptor, &buffer, buffer.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { break }
                rest += buffer[..<count]
                while let newline = rest.firstIndex(of: UInt8(ascii: "\n")) {
                    line(String(decoding: rest[..<newline], as: UTF8.self))
                    rest.removeSubrange(...newline)
                }
            }
            if !rest.isEmpty { line(String(decoding: rest, as: UTF8.self)) }
            close(descriptor)
            end()
        }
    }
}

struct HarnessError: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}
