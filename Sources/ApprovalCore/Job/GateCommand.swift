package import Support

/// A command that may run once it is approved, and only as it was asked for: the job of `symflow run`.
package struct GateCommand: Hashable, Codable, Sendable {
    /// The program and what is handed to it.
    package var arguments: [String]
    /// The absolute path of the folder it runs in.
    package var directory: String
    /// The machine it runs on.
    package var host: String?
    /// The commit that is checked out there; absent outside of git.
    package var commit: String?
    /// The hash of everything that differs from the commit; absent where nothing does.
    package var changes: String?

    /// So much of it fits on a card, with every sign of it in sight: nobody approves what they cannot read.
    package static let textLengthMax = 2000
    package static let directoryLengthMax = 1000
    private static let nameLengthMax = 255

    package init(
        arguments: [String], directory: String, host: String? = nil, commit: String? = nil, changes: String? = nil
    ) {
        self.arguments = arguments
        self.directory = directory
        self.host = host
        self.commit = commit
        self.changes = changes
    }

    /// As the API and Python see it, and as the job hash takes it.
    package var json: JSONValue {
        [
            "argv": .array(arguments.map(JSONValue.string)), "directory": .string(directory),
            "host": .optional(host), "commit": .optional(commit), "changes": .optional(changes),
        ]
    }

    /// - Throws: what is wrong with it, for whoever sent it.
    package init(_ value: JSONValue) throws(FieldProblem) {
        guard let object = value.object else { throw FieldProblem("This must be an object.") }
        if let unknown = object.names.first(where: { !Self.names.contains($0) }) {
            throw FieldProblem("\(unknown) is none of its members: \(Self.names.joined(separator: ", ")).")
        }
        guard let words = object["argv"]?.elements, !words.isEmpty else {
            throw FieldProblem("argv must be a list of texts, the program first.")
        }
        arguments = []
        for word in words {
            guard let text = word.text, !text.utf8.contains(0) else {
                throw FieldProblem("argv must be a list of texts without NUL.")
            }
            arguments.append(text)
        }
        directory = object["directory"]?.text ?? ""
        guard directory.hasPrefix("/"), directory.utf8.count <= Self.directoryLengthMax else {
            throw FieldProblem("directory must be an absolute path of at most \(Self.directoryLengthMax) bytes.")
        }
        host = try Self.name("host", of: object)
        commit = try Self.name("commit", of: object)
        changes = try Self.name("changes", of: object)
        guard arguments[0].utf8.count > 0, shownLength <= Self.textLengthMax else {
            throw FieldProblem(
                "A command must name a program and be at most \(Self.textLengthMax) characters long, quotes included, "
                    + "so that approvers see all of it. Put a longer one into a script."
            )
        }
    }

    /// What the text takes on a card, where three signs are spelled out.
    private var shownLength: Int {
        text.unicodeScalars.reduce(0) { $0 + ($1 == "&" ? 5 : $1 == "<" || $1 == ">" ? 4 : 1) }
    }

    private static let names = ["argv", "directory", "host", "commit", "changes"]

    private static func name(_ name: String, of object: JSONObject) throws(FieldProblem) -> String? {
        guard let value = object[name], !value.isNull else { return nil }
        guard let text = value.text, !text.isEmpty, text.utf8.count <= nameLengthMax else {
            throw FieldProblem("\(name) must be a text of at most \(nameLengthMax) bytes, or null.")
        }
        return text
    }

    // MARK: For people

    /// The command as a shell would take it, with nothing in it that hides: what cannot be seen is spelled out.
    package var text: String { arguments.map(Self.quoted).joined(separator: " ") }

    /// A word as a shell would take it; also for what is not a command, such as a path.
    package static func quoted(_ word: String) -> String {
        let scalars = word.unicodeScalars
        if !scalars.isEmpty, scalars.allSatisfy({ isPlain($0) }) { return word }
        if scalars.allSatisfy({ isVisible($0) }) { return "'" + word.replacing("'", with: "'\\''") + "'" }
        var text = "$'"
        for scalar in scalars {
            switch scalar {
            case "\n": text += "\\n"
            case "\t": text += "\\t"
            case "'", "\\": text += "\\" + String(scalar)
            case _ where isVisible(scalar): text.unicodeScalars.append(scalar)
            default:
                let digits = String(scalar.value, radix: 16)
                text += "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
            }
        }
        return text + "'"
    }

    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isASCII
            && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
                || "-_./=:,@+%".unicodeScalars.contains(scalar))
    }

    /// Not: line ends, signs that control a terminal, signs without width, signs that turn the direction of writing.
    private static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        case .spaceSeparator: scalar == " "
        // Backticks end a block of code on a card, and are shown as a look-alike there.
        default: scalar != "`" && !scalar.properties.isDefaultIgnorableCodePoint
        }
    }
}

/// The one time that an approved command runs.
package struct CommandExecution: Hashable, Codable, Sendable {
    package var startedAt: Timestamp
    /// The runner's own name for it: a lost answer can be asked for again, another runner cannot begin.
    package var attempt: String
    package var endedAt: Timestamp?
    /// Absent while it runs, and for ever where its end was never told.
    package var end: CommandEnd?

    package init(startedAt: Timestamp, attempt: String) {
        self.startedAt = startedAt
        self.attempt = attempt
    }
}

/// How a command ended.
package enum CommandEnd: Hashable, Codable, Sendable {
    case exited(Int)
    case killed(signal: Int)
    /// It could not be started, or was no longer what was approved.
    case notRun(reason: String)
}

extension JSONValue {
    fileprivate static func optional(_ text: String?) -> JSONValue { text.map(JSONValue.string) ?? .null }
}
