import FoundationEssentials

/// Files that come with the program: in the checkout it was built from, or where `config/install` put them.
enum SharedFiles {
    /// - Parameter path: relative to the checkout. Tried in the working folder first, then in `SYM_SHARE`, beside the
    ///   executable, and in the checkout (decisions.md 14).
    static func find(_ path: String) -> String {
        let manager = FileManager.default
        var roots = [manager.currentDirectoryPath]
        if let share = ProcessInfo.processInfo.environment["SYM_SHARE"], !share.isEmpty { roots.append(share) }
        if let executable = try? manager.destinationOfSymbolicLink(atPath: "/proc/self/exe") {
            let folder = URL(filePath: executable).deletingLastPathComponent()
            roots.append(folder.appending(path: "../share/symflow").path())
            // .build/ARCHITECTURE/CONFIGURATION/symflow
            roots.append(folder.appending(path: "../../..").path())
        }
        for root in roots {
            let candidate = root + "/" + path
            if manager.fileExists(atPath: candidate) { return candidate }
        }
        return path
    }
}
