import FlowConfig
import FoundationEssentials
import Support

/// The configuration folder on disk (interface.md 6): every `*.json` below it, in the order of their paths.
struct ConfigFolder: Sendable {
    let path: String
    /// Changes the bytes of a file before they are read: the demo puts its own addresses in.
    var rewrite: @Sendable ([UInt8]) -> [UInt8] = { $0 }

    init(_ path: String) { self.path = path }

    /// - Throws: `CommandError` when there is no such folder.
    func load(zones: TimeZones) throws -> ConfigurationResult {
        let files = try jsonFiles().map { path in
            ConfigFile(path: path, bytes: rewrite(Files.read(path) ?? []))
        }
        return loader(zones: zones).load(files)
    }

    func loader(zones: TimeZones) -> ConfigurationLoader {
        ConfigurationLoader(
            capabilities: .current, knowsTimeZone: { zones.rules($0) != nil }, readFile: { Files.read($0) }
        )
    }

    private func jsonFiles() throws -> [String] {
        let manager = FileManager.default
        var isFolder = false
        guard manager.fileExists(atPath: path, isDirectory: &isFolder), isFolder else {
            throw CommandError(
                "There is no configuration folder \(path). symflow init writes a first one; another is named with "
                    + "--config or SYM_CONFIG."
            )
        }
        let names = (try? manager.subpathsOfDirectory(atPath: path)) ?? []
        return names.filter { $0.hasSuffix(".json") }.sorted().map { path + "/" + $0 }
    }
}
