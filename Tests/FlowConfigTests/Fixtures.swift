import FlowConfig
import FoundationEssentials
import Support
import Testing

/// Files of the repository, found from where this one was compiled.
enum Fixtures {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    static let flows = root.appending(path: "Fixtures/flows")

    static func bytes(_ url: URL) throws -> [UInt8] { Array(try Data(contentsOf: url)) }

    /// Names of the JSON files in a folder, without their ending, sorted.
    static func names(_ folder: URL) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()
    }

    /// What the examples of single problems leave out: an organization, an environment, a strategy.
    static func base() throws -> ConfigFile {
        ConfigFile(path: "base.json", bytes: try bytes(flows.appending(path: "base.json")))
    }

    static let zones = TimeZones()

    static func loader(python: Bool = false, files: [String: String] = [:]) -> ConfigurationLoader {
        ConfigurationLoader(
            capabilities: Capabilities(python: python), knowsTimeZone: { zones.rules($0) != nil },
            readFile: { files[$0].map { Array($0.utf8) } })
    }

    static func load(_ text: String, python: Bool = false, files: [String: String] = [:]) throws -> ConfigurationResult
    {
        let file = ConfigFile(path: "test.json", bytes: Array(text.utf8))
        return loader(python: python, files: files).load([try base(), file])
    }
}
