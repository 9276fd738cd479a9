import FoundationEssentials

/// Where the program under test was built: beside the test bundle.
enum Executable {
    static let checkout: String = URL(filePath: #filePath)
        .deletingLastPathComponent().appending(path: "../../..").standardized.path()

    static func path() throws -> String {
        let manager = FileManager.default
        var folders: [URL] = []
        if let running = try? manager.destinationOfSymbolicLink(atPath: "/proc/self/exe") {
            folders.append(URL(filePath: running).deletingLastPathComponent())
        }
        // `swift test` may run the tests through a helper that lies elsewhere; the bundle stands among its arguments.
        for word in CommandLine.arguments {
            folders.append(URL(filePath: word).deletingLastPathComponent())
        }
        folders.append(URL(filePath: checkout).appending(path: ".build/debug"))
        folders.append(URL(filePath: checkout).appending(path: ".build/release"))
        for folder in folders {
            let candidate = folder.appending(path: "symflow").path()
            if manager.isExecutableFile(atPath: candidate) { return candidate }
        }
        throw HarnessError("symflow was not found in \(folders.map { $0.path() })")
    }
}
