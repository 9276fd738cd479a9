import Crypto
import FoundationEssentials
import Support

/// The master key in a file beside the database that only its owner can read: where nobody gave one.
struct KeyFile {
    let path: String

    /// - Parameter database: the path of its file.
    init(beside database: String) { path = database + ".key" }

    /// The key that is there; `nil` where there is no file.
    ///
    /// - Throws: `CommandError` for a file that holds something else.
    func read() throws -> MasterKey? {
        guard let bytes = Files.read(path) else { return nil }
        guard let text = String(validating: bytes, as: UTF8.self), let key = MasterKey(base64: text.trimmed) else {
            throw CommandError("The key file \(path) does not hold 32 bytes in base64.")
        }
        return key
    }

    /// The key that is there, or a new one that is there from now on.
    func readOrMake() throws -> MasterKey {
        if let key = try read() { return key }
        let key = MasterKey.random()
        try Files.writePrivately(key.reveal { Data($0).base64EncodedString() } + "\n", to: path)
        return key
    }
}

extension MasterKey {
    init?(base64 text: String) {
        guard let data = Data(base64Encoded: text) else { return nil }
        self.init(bytes: Array(data))
    }
}

extension Files {
    /// A file that only its owner can read, in a folder that is made for it where there is none.
    ///
    /// - Throws: `CommandError` when it cannot be written.
    static func writePrivately(_ text: String, to path: String) throws {
        let manager = FileManager.default
        let folder = URL(filePath: path).deletingLastPathComponent()
        try? manager.createDirectory(
            at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700]
        )
        guard
            manager.createFile(atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
        else { throw CommandError("The file \(path) cannot be written.") }
    }
}
