import Support

/// The things of one kind by name, for references. Names are compared without regard to case (sym-terraform.md 2).
struct Registry<Value> {
    fileprivate struct Entry {
        var node: ConfigNode
        /// Absent for a definition that has problems of its own.
        var value: Value?
        var id: String?
        /// Of the definition, where they were not reported together with everybody's.
        var problems: [ConfigProblem] = []
    }

    /// For messages: `strategy`, `integration`.
    let kind: String
    /// In the order in which they were defined, without those that could not be read.
    private(set) var values: [Value] = []
    private(set) var names: [String] = []
    private var entries: [String: Entry] = [:]
    private var entriesByID: [String: Entry] = [:]
    /// How references are written from now on.
    var dialect = ConfigDialect.folder

    init(kind: String) { self.kind = kind }

    /// Takes in a definition; `value` is `nil` for one that has problems of its own. A second one of the same name is
    /// a problem that names both places.
    ///
    /// - Parameter id: under which it is referred to on the wire.
    mutating func define(
        _ name: String, id: String? = nil, at node: ConfigNode, _ value: Value?, _ report: ConfigReport
    ) {
        if let value { values.append(value) }
        if let first = entries[name.lowercased()] {
            report.problem(
                node, expected: "a name that no other \(kind) has",
                hint: "It is taken by \(first.node.file): \(first.node.path).")
            return
        }
        names.append(name)
        let entry = Entry(node: node, value: value, id: id)
        entries[name.lowercased()] = entry
        if let id { entriesByID[id] = entry }
    }

    /// Takes in what came through the API, known by its id alone.
    ///
    /// - Parameter problems: why there is no value; whoever refers to it has them, too.
    mutating func define(id: String, at node: ConfigNode, _ value: Value?, problems: [ConfigProblem]) {
        if let value { values.append(value) }
        entriesByID[id] = Entry(node: node, value: value, id: id, problems: problems)
    }

    func has(_ name: String) -> Bool { entries[name.lowercased()] != nil }

    /// Under which id the wire knows what a configuration folder calls so.
    func id(named name: String) -> String? { entries[name.lowercased()]?.id }

    func value(id: String) -> Value? { entriesByID[id.lowercased()]?.value }

    /// What a reference means. A dangling one is noted; a definition with problems of its own is `nil`, silently where
    /// those stand in the same report.
    func resolve(_ node: ConfigNode, _ report: ConfigReport) -> Value? {
        guard let name = report.text(node) else { return nil }
        return resolve(name, node, shown: nil, report)
    }

    /// As `resolve`, without repeating what was written: where a secret's name should stand, the secret itself may.
    func resolveConfidentially(_ node: ConfigNode, _ report: ConfigReport) -> Value? {
        guard case .string(let name) = node.value else {
            report.problem(node, found: node.value.kind, expected: expected)
            return nil
        }
        return resolve(name, node, shown: "something else", report)
    }

    private func resolve(_ name: String, _ node: ConfigNode, shown: String?, _ report: ConfigReport) -> Value? {
        let entry = dialect == .wire ? entriesByID[name.lowercased()] : entries[name.lowercased()]
        if let entry {
            if entry.value == nil { report.adopt(entry.problems) }
            return entry.value
        }
        guard report.isWhole else { return nil }
        report.problem(
            node, found: shown, expected: expected,
            hint: dialect == .wire ? "There is none with this id; it may have been deleted." : hint(for: name))
        return nil
    }

    private var expected: String {
        let article = "aeiou".contains(kind.prefix(1)) ? "an" : "a"
        if dialect == .wire { return "the id of \(article) \(kind)" }
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

extension Registry: Sendable where Value: Sendable {}
extension Registry.Entry: Sendable where Value: Sendable {}
