package import ApprovalEngine
package import FlowConfig
import Support

/// Reads secrets where the configuration says that they are: environment variables and files.
///
/// A file is read at each use, and the configuration is asked at each use, so a secret that was replaced counts from
/// the next call on. A variable `NAME` that is not set is read from the file that `NAME_FILE` names (decisions.md 11).
package struct ConfiguredSecrets: Sendable {
    /// A longer file is no secret but a mistake.
    package static let bytesMax = 64 * 1024

    private let configuration: @Sendable () -> Configuration
    private let environment: [String: String]
    private let readFile: @Sendable (_ path: String, _ bytesMax: Int) -> [UInt8]?

    /// - Parameter readFile: the content of a file; `nil` where it cannot be read or is longer than `bytesMax`.
    package init(
        configuration: @escaping @Sendable () -> Configuration, environment: [String: String],
        readFile: @escaping @Sendable (_ path: String, _ bytesMax: Int) -> [UInt8]?
    ) {
        self.configuration = configuration
        self.environment = environment
        self.readFile = readFile
    }

    /// What the strategies are given.
    package var reader: SecretReader { SecretReader { name throws(SecretError) in try read(name) } }

    private func read(_ name: String) throws(SecretError) -> Secret {
        guard let definition = configuration().secret(named: name) else { throw .unknown(name: name) }
        let content: String
        let place: String
        switch definition.source {
        case .environment(let variable):
            if let value = environment[variable] {
                (content, place) = (value, "the environment variable \(variable)")
            } else if let path = environment[variable + "_FILE"] {
                (content, place) = (try text(ofFile: path, for: name), path)
            } else {
                throw .unreadable(name: name, reason: "the environment variable \(variable) is not set")
            }
        case .file(let path): (content, place) = (try text(ofFile: path, for: name), path)
        }
        guard content.utf8.count <= Self.bytesMax else {
            throw .unreadable(name: name, reason: "\(place) holds more than \(Self.bytesMax) bytes")
        }
        guard let secret = definition.secret(in: content) else {
            let missing = definition.jsonKey.map { "has no text under the JSON key \"\($0)\"" } ?? "is empty"
            throw .unreadable(name: name, reason: "\(place) \(missing)")
        }
        return secret
    }

    private func text(ofFile path: String, for name: String) throws(SecretError) -> String {
        guard let bytes = readFile(path, Self.bytesMax), bytes.count <= Self.bytesMax else {
            let reason = "\(path) is no readable file of at most \(Self.bytesMax) bytes"
            throw .unreadable(name: name, reason: reason)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .unreadable(name: name, reason: "\(path) is not UTF-8 text")
        }
        return text
    }
}
