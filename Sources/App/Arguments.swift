import Support

/// A command of the executable: what it takes and what it does.
struct Command: Sendable {
    struct Option: Sendable {
        var name: String
        /// What stands for the value in the help text; `nil` for a switch.
        var value: String?
        var help: String

        init(_ name: String, _ value: String? = nil, _ help: String) {
            self.name = name
            self.value = value
            self.help = help
        }
    }

    var name: String
    /// Names of what stands without a `--`, for the help text.
    var operands: [String] = []
    var summary: String
    var options: [Option] = []
    var details = ""
    var run: @Sendable (Arguments) async throws -> Int32

    var help: String {
        let words = (["symflow", name] + operands).joined(separator: " ")
        var text = "Usage: \(words)\(options.isEmpty ? "" : " [OPTION]...")\n\n\(summary)\n"
        if !options.isEmpty {
            text += "\nOptions:\n"
            let rows = options.map { ($0.name + ($0.value.map { " " + $0 } ?? ""), $0.help) }
            let width = (rows.map(\.0.count) + [6]).max() ?? 0
            for (left, right) in rows + [("--help", "this text")] {
                text += "  " + left + String(repeating: " ", count: width - left.count + 2) + right + "\n"
            }
        }
        if !details.isEmpty { text += "\n" + details + "\n" }
        return String(text.dropLast())
    }
}

/// What was typed behind a command, checked against what the command takes.
struct Arguments: Sendable {
    private var values: [String: String] = [:]
    private(set) var operands: [String] = []

    init(_ words: [String], of command: Command) throws {
        var rest = words[...]
        while let word = rest.popFirst() {
            guard word.hasPrefix("--") else {
                operands.append(word)
                continue
            }
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0])
            guard let option = command.options.first(where: { $0.name == name }) else {
                let nearest = Spelling.nearest(to: name, among: command.options.map(\.name))
                throw UsageError(
                    "there is no option \(name)." + (nearest.map { " Did you mean \($0)?" } ?? "")
                )
            }
            if option.value == nil {
                guard parts.count == 1 else { throw UsageError("\(name) takes no value.") }
                values[name] = ""
            } else {
                guard let value = parts.count == 2 ? String(parts[1]) : rest.popFirst() else {
                    throw UsageError("\(name) wants \(option.value ?? "a value").")
                }
                values[name] = value
            }
        }
        guard operands.count <= command.operands.count else {
            throw UsageError("\"\(operands[command.operands.count])\" is one word too many.")
        }
    }

    subscript(name: String) -> String? { values[name] }
    func has(_ name: String) -> Bool { values[name] != nil }
}

struct UsageError: Error {
    var message: String
    init(_ message: String) { self.message = message }
}

/// Something the operator must know and can act on. The whole text is what is printed.
struct CommandError: Error {
    var message: String
    init(_ message: String) { self.message = message }
}

enum CommandTable {
    static let all: [Command] = [.serve, .demo, .emulate, .bootstrap, .check, .test, .audit, .bench]
    static var names: [String] { all.map(\.name) }
    /// Commands that others of ours start.
    private static let inner: [Command] = [.testSite]

    static func command(named name: String) -> Command? { (all + inner).first { $0.name == name } }

    /// Commands of interface.md that a later version brings. They say so; nothing pretends (decisions.md 17).
    static let later = [
        "database", "request", "run", "init", "generate", "migrate", "status", "users", "bots",
        "tokens", "services", "domains", "resources", "organization", "config", "login", "logout",
    ]
}

enum Usage {
    static var overview: String {
        let width = (CommandTable.names.map(\.count)).max() ?? 0
        let rows = CommandTable.all.map { command in
            "  " + command.name + String(repeating: " ", count: width - command.name.count + 2) + command.summary
        }
        return """
            symflow: approvals and just-in-time access in Slack.

            Usage: symflow COMMAND [OPTION]...

            \(rows.joined(separator: "\n"))

            symflow COMMAND --help says more. symflow --version prints the version.
            """
    }
}
