import Support

/// A command of the executable: what it takes and what it does.
struct Command: Sendable {
    struct Option: Sendable {
        var name: String
        /// Other spellings: `-u` for `--username`.
        var aliases: [String]
        /// What stands for the value in the help text; `nil` for a switch.
        var value: String?
        var help: String

        init(_ name: String, also aliases: [String] = [], _ value: String?, _ help: String) {
            (self.name, self.aliases, self.value, self.help) = (name, aliases, value, help)
        }

        /// A switch.
        init(_ name: String, also aliases: [String] = [], _ help: String) {
            (self.name, self.aliases, value, self.help) = (name, aliases, nil, help)
        }

        var spellings: [String] { [name] + aliases }
    }

    var name: String
    /// Names of what stands without a `--`, for the help text: `[DIR]` may be left out, `WORD...` is one or more.
    var operands: [String] = []
    var summary: String
    var options: [Option] = []
    var details = ""
    /// Commands behind this word. A command that has them does nothing itself.
    var subcommands: [Command] = []
    var run: @Sendable (Arguments) async throws -> Int32 = { _ in ExitCode.usage }

    /// - Parameter parents: the words before this one, without `symflow`.
    func help(behind parents: [String] = []) -> String {
        let words = (["symflow"] + parents + [name] + (subcommands.isEmpty ? operands : ["COMMAND"]))
        var text = "Usage: \(words.joined(separator: " "))\(options.isEmpty ? "" : " [OPTION]...")\n\n\(summary)\n"
        if !subcommands.isEmpty { text += "\n" + Usage.rows(subcommands.map { ($0.name, $0.summary) }) + "\n" }
        if !options.isEmpty {
            let rows = options.map { option in
                let spellings =
                    (option.aliases.filter { !$0.hasPrefix("--") } + [option.name]
                        + option.aliases.filter { $0.hasPrefix("--") })
                return (spellings.joined(separator: ", ") + (option.value.map { " " + $0 } ?? ""), option.help)
            }
            text += "\nOptions:\n" + Usage.rows(rows + [("--help", "this text")]) + "\n"
        }
        if !details.isEmpty { text += "\n" + details + "\n" }
        return String(text.dropLast())
    }
}

/// What was typed behind a command, checked against what the command takes.
struct Arguments: Sendable {
    private var values: [String: [String]] = [:]
    private(set) var operands: [String] = []
    private let names: [String]

    init(_ words: [String], of command: Command) throws {
        names = command.operands
        var rest = words[...]
        while let word = rest.popFirst() {
            if word == "--" {
                operands += rest
                break
            }
            guard word.hasPrefix("-"), word.utf8.count > 1 else {
                operands.append(word)
                continue
            }
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0])
            guard let option = command.options.first(where: { $0.spellings.contains(name) }) else {
                let nearest = Spelling.nearest(to: name, among: command.options.flatMap(\.spellings))
                throw UsageError(
                    "there is no option \(name)." + (nearest.map { " Did you mean \($0)?" } ?? "")
                )
            }
            if option.value == nil {
                guard parts.count == 1 else { throw UsageError("\(name) takes no value.") }
                values[option.name] = [""]
            } else {
                guard let value = parts.count == 2 ? String(parts[1]) : rest.popFirst() else {
                    throw UsageError("\(name) wants \(option.value ?? "a value").")
                }
                values[option.name, default: []].append(value)
            }
        }
        let takesMore = command.operands.last?.hasSuffix("...") == true
        guard takesMore || operands.count <= command.operands.count else {
            throw UsageError("\"\(operands[command.operands.count])\" is one word too many.")
        }
    }

    subscript(name: String) -> String? { values[name]?.last }
    func has(_ name: String) -> Bool { values[name] != nil }
    /// Every value of an option that may stand several times.
    func all(_ name: String) -> [String] { values[name] ?? [] }

    /// The word that the help text calls by this name.
    ///
    /// - Throws: where it is missing.
    func operand(_ name: String) throws -> String {
        guard let place = names.firstIndex(of: name), place < operands.count else {
            throw UsageError("\(name) is missing.")
        }
        return operands[place]
    }
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
    static let all: [Command] =
        [.serve, .demo, .emulate, .bootstrap, .check, .test, .audit, .request, .run, .database] + administration
        + [.bench, .completion, .version]
    static var names: [String] { all.map(\.name) }
    /// Commands that others of ours start.
    private static let inner: [Command] = [.testSite]

    /// The command that the first words name, with those words.
    ///
    /// - Throws: `UsageError` with the nearest right word.
    static func find(_ words: inout ArraySlice<String>) throws -> (command: Command, parents: [String]) {
        var parents: [String] = []
        var choices = all
        while let word = words.first {
            let hidden = parents.isEmpty ? inner : []
            guard let command = (choices + hidden).first(where: { $0.name == word }) else {
                let nearest = Spelling.nearest(to: word, among: choices.map(\.name))
                let path = (["symflow"] + parents).joined(separator: " ")
                let typed = (parents + [word]).joined(separator: " ")
                throw UsageError(
                    "there is no command \"\(typed)\"."
                        + (nearest.map { " Did you mean \"\($0)\"?" } ?? " See \(path) --help.")
                )
            }
            words = words.dropFirst()
            if command.subcommands.isEmpty || words.first.map(Usage.asksForHelp) ?? true {
                return (command, parents)
            }
            parents.append(command.name)
            choices = command.subcommands
        }
        throw UsageError("no command was given. See symflow --help.")
    }
}

enum Usage {
    static var overview: String {
        """
        symflow: approvals and just-in-time access in Slack.

        Usage: symflow COMMAND [OPTION]...

        \(rows(CommandTable.all.map { ($0.name, $0.summary) }))

        symflow COMMAND --help says more. symflow --version prints the version.
        """
    }

    static func rows(_ rows: [(String, String)]) -> String {
        let width = rows.map(\.0.count).max() ?? 0
        return rows.map { "  " + $0 + String(repeating: " ", count: width - $0.count + 2) + $1 }
            .joined(separator: "\n")
    }

    static func asksForHelp(_ word: String) -> Bool { word == "--help" || word == "-h" }
}
