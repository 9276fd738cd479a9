import Crypto
import FoundationEssentials
import Support

/// What the environment says (interface.md 3), read once, with everything that is wrong said at once.
struct ServerEnvironment: Sendable {
    var config: String
    var listen: ListenAddress
    var publicURL: String?
    var database: DatabaseURL
    var masterKey: MasterKey
    var share: String?
    var logLevel: Log.Level
    var signingSecrets: [Secret]
    var botToken: Secret
    var appID: String
    var slackAPI: String
    /// "Sign in with Slack": the client's id and secret.
    var slackClient: (id: String, secret: Secret)?

    /// The process's variables, for secrets that the configuration names.
    var variables: [String: String]
}

/// `HOST:PORT`.
struct ListenAddress: Sendable, Hashable {
    var host: String
    var port: Int

    init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65535).contains(port)
        else { return nil }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        guard !host.isEmpty else { return nil }
        self.host = host
        self.port = port
    }

    func url(port: Int) -> String { "http://" + (host.contains(":") ? "[\(host)]" : host) + ":\(port)" }
}

/// Reads variables, `NAME_FILE` included, and collects what is wrong.
struct EnvironmentReader {
    let variables: [String: String]
    private(set) var problems: [String] = []

    init(variables: [String: String] = ProcessInfo.processInfo.environment) { self.variables = variables }

    /// A variable's value, or the content of the file that `NAME_FILE` names, without the line end behind it.
    mutating func value(_ name: String) -> String? {
        if let value = variables[name], !value.isEmpty { return value }
        guard let path = variables[name + "_FILE"], !path.isEmpty else { return nil }
        guard let bytes = Files.read(path), let text = String(validating: bytes, as: UTF8.self) else {
            problems.append("\(name)_FILE: the file \(path) cannot be read.")
            return nil
        }
        return text.trimmed
    }

    /// A file or folder: there is no `NAME_FILE` for these.
    func path(_ name: String) -> String? { variables[name].flatMap { $0.isEmpty ? nil : $0 } }

    mutating func required(_ name: String, _ what: String) -> String {
        let before = problems.count
        if let value = value(name) { return value }
        if problems.count == before { problems.append("\(name) is missing: \(what)") }
        return ""
    }

    mutating func complain(_ problem: String) { problems.append(problem) }
}

extension ServerEnvironment {
    /// - Parameter options: `--config`, `--listen` and `--database` win over the environment.
    /// - Throws: `CommandError` that names every variable that is missing or malformed.
    static func read(_ options: Arguments, variables: [String: String]? = nil) throws -> ServerEnvironment {
        var reader = variables.map { EnvironmentReader(variables: $0) } ?? EnvironmentReader()
        let listenText = options["--listen"] ?? reader.value("SYM_LISTEN") ?? "127.0.0.1:3000"
        let listen = ListenAddress(listenText)
        if listen == nil { reader.complain("SYM_LISTEN: \"\(listenText)\" is not HOST:PORT, such as 127.0.0.1:3000.") }
        let levelText = reader.value("SYM_LOG") ?? "info"
        let level = Log.Level(name: levelText)
        if level == nil { reader.complain("SYM_LOG: \"\(levelText)\" is not one of error, warning, info, debug.") }
        let key = reader.required(
            "SYM_SECRET_KEY",
            "32 random bytes in base64, from which all keys derive. Make one with: head -c 32 /dev/urandom | base64"
        )
        let masterKey = Data(base64Encoded: key).flatMap { MasterKey(bytes: Array($0)) }
        if masterKey == nil, !key.isEmpty {
            reader.complain("SYM_SECRET_KEY is not 32 bytes in base64. Make one with: head -c 32 /dev/urandom | base64")
        }
        let secrets = reader.required(
            "SLACK_SIGNING_SECRET",
            "verifies what Slack sends. Slack: your app, Basic Information, App Credentials, Signing Secret"
        )
        let signingSecrets = secrets.split(separator: ",").map { Secret(String($0).trimmed) }.filter { !$0.isEmpty }
        if signingSecrets.isEmpty, !secrets.isEmpty {
            reader.complain("SLACK_SIGNING_SECRET holds no secret: several stand with commas between them.")
        }
        let token = reader.required(
            "SLACK_BOT_TOKEN", "lets us speak in Slack, xoxb-…. Slack: your app, OAuth & Permissions"
        )
        let appID = reader.required("SLACK_APP_ID", "the app's id, A…. Slack: your app, Basic Information")
        var api = reader.value("SLACK_API_URL") ?? "https://slack.com/api/"
        if !api.hasPrefix("http://") && !api.hasPrefix("https://") {
            reader.complain("SLACK_API_URL: \"\(api)\" is not an http or https address.")
        }
        if !api.hasSuffix("/") { api += "/" }
        let publicURL = reader.value("SYM_PUBLIC_URL")
        if let publicURL, !["http://", "https://"].contains(where: publicURL.hasPrefix) {
            reader.complain(
                "SYM_PUBLIC_URL: \"\(publicURL)\" is not an http or https address, such as https://symflow.example."
            )
        }
        let clientID = reader.value("SLACK_CLIENT_ID")
        let clientSecret = reader.value("SLACK_CLIENT_SECRET").map { Secret($0) }
        if (clientID == nil) != (clientSecret == nil) {
            reader.complain(
                "SLACK_CLIENT_ID and SLACK_CLIENT_SECRET belong together. Slack: your app, Basic Information"
            )
        }
        let databaseText = options["--database"] ?? reader.value("SYM_DATABASE_URL") ?? DatabaseURL.standard
        let database = DatabaseURL(databaseText)
        if database == nil {
            reader.complain(
                "SYM_DATABASE_URL: \(DatabaseURL.expected), found \"\(databaseText.prefix { $0 != ":" }):…\"."
            )
        }
        guard reader.problems.isEmpty, let listen, let level, let masterKey, let database else {
            throw CommandError(
                "symflow serve cannot start:\n" + reader.problems.map { "  " + $0 }.joined(separator: "\n")
            )
        }
        return ServerEnvironment(
            config: options["--config"] ?? reader.path("SYM_CONFIG") ?? "config/site", listen: listen,
            publicURL: publicURL, database: database, masterKey: masterKey,
            share: reader.path("SYM_SHARE"), logLevel: level,
            signingSecrets: signingSecrets, botToken: Secret(token), appID: appID, slackAPI: api,
            slackClient: clientID.flatMap { id in clientSecret.map { (id, $0) } }, variables: reader.variables
        )
    }
}

/// Files, read whole.
enum Files {
    /// The content, or `nil` when it cannot be read.
    static func read(_ path: String) -> [UInt8]? {
        guard let data = try? Data(contentsOf: URL(filePath: path)) else { return nil }
        return Array(data)
    }
    /// Replaces a file's content.
    static func write(_ text: String, to path: String) throws {
        do { try Data(text.utf8).write(to: URL(filePath: path)) } catch {
            throw CommandError("The file \(path) cannot be written. Is there such a folder, and is it yours?")
        }
    }

    /// Writes a file that must not be there yet, with the folders above it.
    static func create(_ path: String, _ text: String) throws {
        guard !FileManager.default.fileExists(atPath: path) else {
            throw CommandError("\(path) is there already and stays as it is.")
        }
        let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        do {
            if !folder.isEmpty {
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            }
        } catch { throw CommandError("The folder \(folder) cannot be made.") }
        try write(text, to: path)
    }
}
