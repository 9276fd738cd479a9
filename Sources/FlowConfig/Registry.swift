import Support

/// The things of one kind by name, for references. Names are compared without regard to case (sym-terraform.md 2).
struct Registry<Value> {
    /// For messages: `strategy`, `integration`.
    let kind: String
    /// In the order in which they were defined, without those that could not be read.
    private(set) var values: [Value] = []
    private(set) var names: [String] = []
    private var entries: [String: (node: ConfigNode, value: Value?)] = [:]

    init(kind: String) { self.kind = kind }

    /// Takes in a definition; `value` is `nil` for one that has problems of its own. A second one of the same name is
    /// a problem that names both places.
    mutating func define(_ name: String, at node: ConfigNode, _ value: Value?, _ report: ConfigReport) {
        if let value { values.append(value) }
        if let first = entries[name.lowercased()] {
            report.problem(
                node, expected: "a name that no other \(kind) has",
                hint: "It is taken by \(first.node.file): \(first.node.path).")
            return
        }
        names.append(name)
        entries[name.lowercased()] = (node, value)
    }

    func has(_ name: String) -> Bool { entries[name.lowercased()] != nil }

    /// What a name refers to. A dangling one is noted; a definition with problems of its own is `nil` silently.
    func resolve(_ node: ConfigNode, _ report: ConfigReport) -> Value? {
        guard let name = report.text(node) else { return nil }
        if let entry = entries[name.lowercased()] { return entry.value }
        guard report.isWhole else { return nil }
        report.problem(node, expected: expected, hint: hint(for: name))
        return nil
    }

    /// As `resolve`, without repeating what was written: where a secret's name should stand, the secret itself may.
    func resolveConfidentially(_ node: ConfigNode, _ report: ConfigReport) -> Value? {
        guard case .string(let name) = node.value else {
            report.problem(node, found: node.value.kind, expected: expected)
            return nil
        }
        if let entry = entries[name.lowercased()] { return entry.value }
        guard report.isWhole else { return nil }
        report.problem(node, found: "something else", expected: expected, hint: hint(for: name))
        return nil
    }

    private var expected: String {
        let article = "aeiou".contains(kind.prefix(1)) ? "an" : "a"
        return "the name of \(article) \(kind)" + (names.isEmpty ? ", of which there is none" : "")
    }

    private func hint(for name: String) -> String? {
        if let meant = Spelling.nearest(to: name, among: names) { return ConfigReport.didYouMean(meant) }
        if names.isEmpty { return nil }
        let shown = names.prefix(Self.shownMax).map(ConfigNode.quoted).joined(separator: ", ")
        return "There is \(shown)" + (names.count > Self.shownMax ? " and \(names.count - Self.shownMax) more." : ".")
    }

    private static var shownMax: Int { 5 }
}
