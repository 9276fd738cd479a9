import FoundationEssentials
package import Support

/// The samples under `Fixtures`, found from this file.
package enum Fixtures {
    static let folder: String = {
        let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
        return parts.joined(separator: "/") + "/Fixtures/"
    }()

    /// - Parameter path: within `Fixtures`, such as `slack/inbound/ssl_check.form`.
    package static func bytes(_ path: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(filePath: folder + path)))
    }

    package static func text(_ path: String) throws -> String { String(decoding: try bytes(path), as: UTF8.self) }

    package static func json(_ path: String) throws -> JSONValue { try JSONValue(parsing: bytes(path)) }

    /// The names of the files directly in a folder, sorted; so that a test sees every sample that is added.
    package static func names(in path: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder + path).filter { !$0.hasPrefix(".") }.sorted()
    }
}
