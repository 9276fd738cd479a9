import FoundationEssentials
import Glibc
import Support

/// The person's editor, as `VISUAL` or `EDITOR` names it.
enum Editor {
    /// Lets a person change a text; returns what they left.
    static func edit(_ text: String) throws -> String {
        let folder = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp"
        let path = folder + "/symflow-" + Hex.text(Random.bytes(8)) + ".csv"
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw CommandError("A file for the editor cannot be made in \(folder).") }
        close(file)
        defer { unlink(path) }
        try Files.write(text, to: path)
        let code = run("/bin/sh", ["-c", "${VISUAL:-${EDITOR:-vi}} \"$1\"", "sh", path])
        guard code == 0 else { throw CommandError("The editor ended with code \(code); nothing was changed.") }
        guard let edited = Files.read(path).flatMap({ String(validating: $0, as: UTF8.self) }) else {
            throw CommandError("What the editor left is not UTF-8 text; nothing was changed.")
        }
        return edited
    }

    /// Runs a program on our terminal and waits for it. Returns its exit code, -1 when it did not run or was ended.
    private static func run(_ path: String, _ words: [String]) -> Int32 {
        var arguments: [UnsafeMutablePointer<CChar>?] = ([path] + words).map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var process: pid_t = 0
        guard posix_spawn(&process, path, nil, nil, &arguments, environ) == 0 else { return -1 }
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 {
            guard errno == EINTR else { return -1 }
        }
        return status & 0x7f == 0 ? status >> 8 & 0xff : -1
    }
}
