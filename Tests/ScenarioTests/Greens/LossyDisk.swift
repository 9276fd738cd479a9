import FoundationEssentials
import Glibc
import Support

/// A disk that keeps, when the power fails, what was synced and nothing else. A kill alone does not show the
/// difference: the kernel still writes what a dead process has written.
final class LossyDisk: Sendable {
    private let folder: TestFolder

    private var library: String { folder.file("lossydisk.so") }
    /// Holds the size of the write-ahead log that is synced.
    private var synced: String { folder.file("synced") }
    /// From when it is there, nothing is synced.
    private var lies: String { folder.file("lies") }

    init() async throws {
        folder = try TestFolder()
        let source = Executable.checkout + "Tests/crash/lossydisk.c"
        let build = "$(command -v cc || command -v clang) -O2 -Wall -shared -fPIC -o '\(library)' '\(source)' -ldl"
        let child = try Child(
            "/bin/sh", ["-c", build],
            environment: ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"], folder: folder
        )
        guard let ended = await child.end(within: .seconds(60)), ended.code == 0 else {
            throw HarnessError("no C compiler? \(child.errorLines.joined(separator: "\n"))")
        }
    }

    /// For the program that uses the disk.
    var environment: [String: String] {
        ["LD_PRELOAD": library, "LOSSYDISK_LOG": synced, "LOSSYDISK_LIES": lies]
    }

    func stopsSyncing() throws { try folder.write("", to: "lies") }

    /// Takes away what was not synced of a write-ahead log, once nobody uses it any more.
    func losesWhatWasNotSynced(of path: String) throws {
        let size = try String(contentsOf: URL(filePath: synced), encoding: .utf8).trimmed
        guard let size = Int(size) else { throw HarnessError("not a size: \(size)") }
        guard truncate(path, size) == 0 else { throw HarnessError("truncate: \(errno)") }
    }
}
