import FoundationEssentials
import Glibc

/// Files that come with the program: in the checkout it was built from, or where `config/install` put them.
enum SharedFiles {
    /// - Parameter path: relative to the checkout. Tried in the working folder first, then in `SYM_SHARE`, beside the
    ///   executable, and in the checkout (decisions.md 14).
    static func find(_ path: String) -> String {
        roots.lazy.map { $0 + "/" + path }.first { FileManager.default.fileExists(atPath: $0) } ?? path
    }

    /// The folder of the emulator's page. Not looked for in the working folder, where a `web` may be anybody's.
    static func page() -> String? {
        roots.dropFirst().flatMap { [$0 + "/web", $0 + "/Sources/SlackEmulator/Web"] }
            .first { FileManager.default.fileExists(atPath: $0 + "/index.html") }
    }

    /// The folder of the SDK for flows and of the workers that run them. Not looked for in the working folder either.
    static func python() -> String? {
        let folders = roots.dropFirst().flatMap { [$0 + "/python", $0 + "/Sources/HandlersPython/Python"] }
        guard
            let folder = folders.first(where: {
                FileManager.default.fileExists(atPath: $0 + "/symflow_worker_main.py")
            }), let path = realpath(folder, nil)
        else { return nil }
        defer { free(path) }
        return String(cString: path)
    }

    private static var roots: [String] {
        let manager = FileManager.default
        var roots = [manager.currentDirectoryPath]
        if let share = ProcessInfo.processInfo.environment["SYM_SHARE"], !share.isEmpty { roots.append(share) }
        if let executable = try? manager.destinationOfSymbolicLink(atPath: "/proc/self/exe") {
            let folder = URL(filePath: executable).deletingLastPathComponent()
            roots.append(folder.appending(path: "../share/symflow").path())
            // .build/ARCHITECTURE/CONFIGURATION/symflow
            roots.append(folder.appending(path: "../../..").path())
        }
        return roots
    }
}
