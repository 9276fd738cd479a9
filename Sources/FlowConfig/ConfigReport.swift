import Support

/// What one load has found so far. Readers go on after a problem, so that everything is found at once.
final class ConfigReport {
    private(set) var problems: [ConfigProblem] = []
    private(set) var warnings: [ConfigProblem] = []
    /// The Python files that were named and could be read.
    private(set) var sources: [PythonSource] = []
    /// Whether every file could be parsed. If not, what seems to be missing may stand in the broken one, and is not
    /// complained about.
    var isWhole = true
    /// What keeps something else from being used that this refers to.
    private(set) var adopted: [ConfigProblem] = []
    /// Whether an unknown key is only probably not meant.
    let isLenient: Bool

    init(isLenient: Bool = false) { self.isLenient = isLenient }

    /// Notes what is wrong with something that is referred to.
    func adopt(_ problems: [ConfigProblem]) {
        for problem in problems where !adopted.contains(problem) { adopted.append(problem) }
    }

    /// Notes as a warning what the other report holds as problems: it is done without.
    func warn(of other: ConfigReport) { warnings += other.problems + other.adopted }

    /// Notes what keeps the configuration from being used. `found` is the value as written unless it is given.
    func problem(_ node: ConfigNode, found: String? = nil, expected: String, hint: String? = nil) {
        problems.append(entry(node, found, expected, hint))
    }

    /// Notes what is allowed but probably not meant.
    func warning(_ node: ConfigNode, found: String? = nil, expected: String, hint: String? = nil) {
        warnings.append(entry(node, found, expected, hint))
    }

    func add(_ source: PythonSource) { sources.append(source) }

    /// Says of the sources behind the first `count` which fields the flow has that they belong to.
    func describe(sourcesFrom count: Int, fields: [String], hasRules: Bool) {
        for index in sources.indices.dropFirst(count) {
            sources[index].fields = fields
            sources[index].hasRules = hasRules
        }
    }

    private func entry(_ node: ConfigNode, _ found: String?, _ expected: String, _ hint: String?) -> ConfigProblem {
        ConfigProblem(
            file: node.file, path: node.path, place: node.place, found: found ?? node.shown, expected: expected,
            hint: hint)
    }

    /// Notes a value that is none of a few words, and which one was probably meant.
    func notOneOf(_ words: [String], _ node: ConfigNode) {
        let meant = node.value.text.flatMap { Spelling.nearest(to: $0, among: words) }
        problem(node, expected: Self.oneOf(words), hint: meant.map(Self.didYouMean))
    }

    static func oneOf(_ words: [String]) -> String {
        let quoted = words.map(ConfigNode.quoted).joined(separator: ", ")
        return words.count == 1 ? quoted : "one of " + quoted
    }

    static func didYouMean(_ word: String) -> String { "Did you mean \(ConfigNode.quoted(word))?" }
}

// MARK: Values

/// Each returns `nil` after it has noted why.
extension ConfigReport {
    func text(_ node: ConfigNode) -> String? {
        guard case .string(let text) = node.value else { return wrong(node, "a string") }
        return text
    }

    /// Text with something in it, at most so many characters.
    func filledText(_ node: ConfigNode, max: Int = ConfigLimits.text) -> String? {
        guard let text = text(node) else { return nil }
        guard !text.trimmed.isEmpty else { return wrong(node, "a text that is not empty") }
        guard text.count <= max else { return wrong(node, "at most \(max) characters", found: "\(text.count)") }
        return text
    }

    /// Text for a map of strings: numbers and booleans are taken as they are written.
    func settingText(_ node: ConfigNode) -> String? {
        switch node.value {
        case .string(let text): return text
        case .int(let number): return String(number)
        case .bool(let flag): return flag ? "true" : "false"
        case .null, .double, .array, .object: return wrong(node, "a string")
        }
    }

    func flag(_ node: ConfigNode) -> Bool? {
        switch node.value {
        case .bool(let flag): return flag
        case .string("true"): return true
        case .string("false"): return false
        default: return wrong(node, "true or false")
        }
    }

    func int(_ node: ConfigNode, _ range: ClosedRange<Int64> = .min ... .max) -> Int64? {
        let expected =
            range == .min ... .max ? "a whole number" : "a whole number from \(range.lowerBound) to \(range.upperBound)"
        let number: Int64? =
            switch node.value {
            case .int(let number): number
            case .string(let text): Int64(text)
            default: nil
            }
        guard let number, range.contains(number) else { return wrong(node, expected) }
        return number
    }

    /// A length of time in seconds: `30m`, `"1800"` or `1800`.
    func seconds(_ node: ConfigNode, _ range: ClosedRange<Int64> = ConfigLimits.durationSeconds) -> Int64? {
        let seconds: Int64? =
            switch node.value {
            case .int(let number): number
            case .string(let text): DurationText.seconds(text)
            default: nil
            }
        guard let seconds else { return wrong(node, "a duration such as \"45s\", \"30m\", \"1h\", \"1d\", \"2w\"") }
        guard range.contains(seconds) else {
            let bounds = DurationText.text(range.lowerBound) + "\" to \"" + DurationText.text(range.upperBound)
            return wrong(node, "a duration from \"\(bounds)\"")
        }
        return seconds
    }

    /// The elements of an array.
    func array(_ node: ConfigNode) -> [ConfigNode]? {
        guard case .array = node.value else { return wrong(node, "an array") }
        return node.elements
    }

    func filledArray(_ node: ConfigNode) -> [ConfigNode]? {
        guard let elements = array(node) else { return nil }
        guard !elements.isEmpty else { return wrong(node, "an array with at least one element") }
        return elements
    }

    func choice<Choice: RawRepresentable & CaseIterable>(
        _ node: ConfigNode, of type: Choice.Type = Choice.self
    ) -> Choice? where Choice.RawValue == String {
        if let text = node.value.text, let choice = Choice(rawValue: text) { return choice }
        notOneOf(Choice.allCases.map(\.rawValue), node)
        return nil
    }

    /// A name that other things refer to: letters, digits, dashes and underscores (sym-api.md 9.2).
    func slug(_ node: ConfigNode, max: Int = ConfigLimits.name) -> String? {
        guard let text = text(node) else { return nil }
        let isSlug = text.utf8.allSatisfy {
            switch $0 {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
        guard isSlug, (1...max).contains(text.utf8.count) else {
            return wrong(node, "1 to \(max) letters, digits, dashes and underscores")
        }
        return text
    }

    /// An e-mail address in lower case.
    func email(_ node: ConfigNode) -> String? {
        guard let text = node.value.text, ConfigPatterns.isEmail(text) else { return wrong(node, "an e-mail address") }
        return text.lowercased()
    }

    /// One of Slack's ids.
    func slackID(_ node: ConfigNode, _ kind: SlackIDKind) -> String? {
        guard let text = node.value.text, kind.matches(text) else { return wrong(node, kind.expected) }
        return text
    }

    private func wrong<Value>(_ node: ConfigNode, _ expected: String, found: String? = nil) -> Value? {
        problem(node, found: found, expected: expected)
        return nil
    }
}
