import FoundationEssentials
package import Support

#if canImport(Glibc)
    import Glibc
#endif

/// `$XDG_CONFIG_HOME/symflow/default/config.yml`: who is logged in where. Sym's CLI and the Terraform provider read and
/// write the same file (sym-api.md 2.3), so keys that we do not know stay as they are.
package struct LoginFile: Sendable {
    package let path: String

    package init(path: String) { self.path = path }

    /// The file's place in this environment; `nil` where neither `XDG_CONFIG_HOME` nor `HOME` is set.
    package init?(environment: [String: String]) {
        if let base = environment["XDG_CONFIG_HOME"], !base.isEmpty {
            path = base + "/symflow/default/config.yml"
        } else if let home = environment["HOME"], !home.isEmpty {
            path = home + "/.config/symflow/default/config.yml"
        } else {
            return nil
        }
    }

    /// What the file holds; empty where there is none.
    package func read() throws(ClientError) -> StoredLogin {
        guard FileManager.default.fileExists(atPath: path) else { return StoredLogin() }
        guard let data = try? Data(contentsOf: URL(filePath: path)) else {
            throw .failed("The login file \(path) cannot be read.", hint: "Check its owner and its mode (0600).")
        }
        do { return StoredLogin(document: try YAMLNode(parsing: Array(data))) } catch {
            throw .failed(
                "The login file \(path) is not valid YAML: \(error).",
                hint: "Correct it, or remove it and log in again."
            )
        }
    }

    /// Replaces the file in one step, readable by its owner alone.
    package func write(_ login: StoredLogin) throws(ClientError) {
        do {
            let folder = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700]
            )
            try replace(with: try login.document.bytes(), in: folder)
        } catch {
            throw .failed("The login file \(path) cannot be written: \(error)", hint: "Check the folder it stands in.")
        }
    }

    private func replace(with bytes: [UInt8], in folder: String) throws {
        let temporary = folder + "/.config.yml." + Hex.text(Random.bytes(8))
        let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw SystemFailure(call: "open", code: errno) }
        defer { close(file) }
        do {
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
                guard count > 0 else { throw SystemFailure(call: "write", code: errno) }
                rest = rest.dropFirst(count)
            }
            guard fsync(file) == 0 else { throw SystemFailure(call: "fsync", code: errno) }
            guard rename(temporary, path) == 0 else { throw SystemFailure(call: "rename", code: errno) }
        } catch {
            unlink(temporary)
            throw error
        }
    }
}

private struct SystemFailure: Error, CustomStringConvertible {
    let call: String
    let code: Int32

    var description: String { "\(call): \(String(cString: strerror(code)))" }
}

/// What the login file says, and whatever else is in it.
package struct StoredLogin: Hashable, Sendable {
    package var document: YAMLNode

    package init(document: YAMLNode = .emptyMapping) {
        self.document = document
    }

    package var organization: String? { value("org") }
    package var email: String? { value("email") }
    /// Where the login was made; an addition of ours, so that a login to one's own server needs no variable afterwards.
    package var apiURL: String? { value("api_url") }
    package var authURL: String? { value("auth_url") }

    package var token: Secret? {
        document["auth_token"]?["access_token"]?.text.flatMap { $0.isEmpty ? nil : Secret($0) }
    }

    /// A value by its path, such as `auth_token.token_type`.
    package func value(_ path: String) -> String? {
        var node: YAMLNode? = document
        for name in path.split(separator: ".") { node = node?[String(name)] }
        return node?.text.flatMap { $0.isEmpty ? nil : $0 }
    }

    package mutating func set(_ name: String, _ text: String) { document[name] = .text(text) }

    package mutating func logIn(organization: String, clientID: String, email: String, token: IssuedToken) {
        document["org"] = .text(organization)
        document["client_id"] = .text(clientID)
        document["email"] = .text(email)
        var stored = document["auth_token"] ?? .emptyMapping
        stored["access_token"] = .text(token.accessToken.reveal { $0 })
        stored["token_type"] = .text(token.tokenType)
        stored["expires_in"] = .number(token.expiresIn)
        document["auth_token"] = stored
    }

    /// Forgets the token and whose it was; the organisation stays for the next login, as in Sym's CLI.
    package mutating func logOut() {
        document["auth_token"] = nil
        document["email"] = nil
    }
}

/// What `/oauth/token` answers (sym-api.md 2.3, step 4).
package struct IssuedToken: Sendable {
    package var accessToken: Secret
    package var tokenType: String
    /// In seconds.
    package var expiresIn: Int64

    package init(accessToken: Secret, tokenType: String, expiresIn: Int64) {
        self.accessToken = accessToken
        self.tokenType = tokenType
        self.expiresIn = expiresIn
    }
}
