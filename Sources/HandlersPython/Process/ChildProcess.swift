import CPosix
import Glibc

/// A child in a process group of its own, with our end of its connection and of its output. Ends with the value, and
/// the whole group with it.
struct ChildProcess: ~Copyable, Sendable {
    let process: Int32
    let connection: Int32
    let output: Int32

    /// How a child ended.
    struct Ending: Hashable, Sendable {
        /// Exit status; -1 when a signal ended it.
        var code: Int32
        var signal: Int32
    }

    /// Takes over what a spawner started.
    init(_ spawned: Spawner.Spawned) {
        process = spawned.process
        connection = spawned.connection
        output = spawned.output
    }

    var hasEnded: Bool { cposix_has_ended(process) != 0 }

    /// Ends the whole group and takes note of how its leader ended: by itself, if it had before.
    consuming func end() -> Ending {
        let ending = Self.end(process, connection, output)
        discard self
        return ending
    }

    deinit { _ = Self.end(process, connection, output) }

    private static func end(_ process: Int32, _ connection: Int32, _ output: Int32) -> Ending {
        // The leader is not waited for yet, so the group's number is still ours.
        cposix_kill_group(process)
        var ending = Ending(code: -1, signal: 0)
        _ = cposix_wait(process, &ending.code, &ending.signal)
        close(connection)
        close(output)
        return ending
    }
}
