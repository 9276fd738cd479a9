import FoundationEssentials

/// The checkout that this test was built from.
enum Repository {
    static let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
        .joined(separator: "/")

    /// What stands at the top, without dotfiles and what `.gitignore` names.
    static func topLevel() throws -> [String] {
        let ignored = try text(of: ".gitignore").split(separator: "\n").map { $0.hasSuffix("/") ? $0.dropLast() : $0 }
        return try FileManager.default.contentsOfDirectory(atPath: root).filter { name in
            !name.hasPrefix(".") && !ignored.contains { $0 == name }
        }.sorted()
    }

    /// The files below a folder, as paths from the top; without dotfiles and what builds leave behind.
    static func files(below folder: String) throws -> [String] {
        guard FileManager.default.fileExists(atPath: root + "/" + folder) else { return [] }
        return try FileManager.default.subpathsOfDirectory(atPath: root + "/" + folder).filter { path in
            !path.split(separator: "/").contains { $0.hasPrefix(".") || $0 == "__pycache__" }
        }.map { folder + "/" + $0 }.filter { !isDirectory($0) }.sorted()
    }

    static func text(of path: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(filePath: root + "/" + path)), as: UTF8.self)
    }

    /// Every Swift file below `Sources` or `Tests`, read once for all tests.
    static func swiftFiles(below folder: String) throws -> [SourceText] {
        try (folder == "Sources" ? sources : tests).get()
    }

    private static let sources = Result { try readSwiftFiles(below: "Sources") }
    /// What the package manager builds: a script knows by itself what its code imports.
    private static let tests = Result {
        try readSwiftFiles(below: "Tests").filter { file in !scripted.contains { file.path.hasPrefix("Tests/\($0)/") } }
    }

    private static func readSwiftFiles(below folder: String) throws -> [SourceText] {
        try files(below: folder).filter { $0.hasSuffix(".swift") }.map { SourceText(path: $0, text: try text(of: $0)) }
    }

    /// Folders below `Tests` whose code is built and run by scripts, not by the package manager.
    static let scripted: Set<String> = ["bench", "crash", "fuzz", "python", "sanitizers"]

    /// The names of the folders that hold targets: `Sources/*` or `Tests/*` with Swift or C in them.
    static func targets(below folder: String) throws -> Set<String> {
        let code = try files(below: folder).filter { path in
            [".swift", ".c", ".h", ".modulemap"].contains { path.hasSuffix($0) }
        }
        let folders = Set(code.compactMap { $0.split(separator: "/").dropFirst().first.map(String.init) })
        return folder == "Tests" ? folders.subtracting(scripted) : folders
    }

    private static func isDirectory(_ path: String) -> Bool {
        var isDirectory = false
        return FileManager.default.fileExists(atPath: root + "/" + path, isDirectory: &isDirectory) && isDirectory
    }
}
