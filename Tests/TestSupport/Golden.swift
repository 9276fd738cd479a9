import FoundationEssentials

/// What a test produced is not what was recorded.
package struct GoldenMismatch: Error, CustomStringConvertible {
    package let description: String
}

/// Compares a text with `Fixtures/<path>`; throws where they differ. With `UPDATE_FIXTURES=1` in the environment it
/// writes the file instead, and the diff is what gets read.
package func expectGolden(_ text: String, _ path: String) throws {
    let file = Fixtures.folder + path
    if ProcessInfo.processInfo.environment["UPDATE_FIXTURES"] == "1" {
        let folder = file.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(filePath: file), options: .atomic)
        return
    }
    guard let recorded = try? Fixtures.text(path) else {
        throw GoldenMismatch(description: "Fixtures/\(path) does not exist; run with UPDATE_FIXTURES=1 to write it")
    }
    guard recorded != text else { return }
    let old = recorded.split(separator: "\n", omittingEmptySubsequences: false)
    let new = text.split(separator: "\n", omittingEmptySubsequences: false)
    let line = zip(old, new).enumerated().first { $0.element.0 != $0.element.1 }?.offset ?? min(old.count, new.count)
    let recordedLine = line < old.count ? String(old[line]) : "the end"
    let newLine = line < new.count ? String(new[line]) : "the end"
    throw GoldenMismatch(
        description: """
            Fixtures/\(path), line \(line + 1): recorded \(recordedLine), now \(newLine). \
            Run with UPDATE_FIXTURES=1 if the new text is right.
            """
    )
}
