import Support

/// Reads the members of one object by name, and knows in the end which of them nobody asked for.
struct ObjectReader {
    let node: ConfigNode
    private let report: ConfigReport
    private var known: [String] = []

    /// `nil`, with a problem noted, for anything that is no object.
    init?(_ node: ConfigNode, _ report: ConfigReport) {
        guard case .object = node.value else {
            report.problem(node, expected: "an object")
            return nil
        }
        self.node = node
        self.report = report
    }

    /// A member, unless it is left out or `null`.
    mutating func optional(_ name: String) -> ConfigNode? {
        known.append(name)
        return node.member(name)
    }

    /// What another thing is referred to with, unless nothing is.
    mutating func reference(_ name: String, _ dialect: ConfigDialect) -> ConfigNode? {
        optional(dialect.reference(name)).flatMap { dialect.isNothing($0.value) ? nil : $0 }
    }

    /// - Parameter what: what is referred to, with its article.
    mutating func requiredReference(_ name: String, to what: String, _ dialect: ConfigDialect) -> ConfigNode? {
        if let member = reference(name, dialect) { return member }
        report.problem(
            node, found: "no \(ConfigNode.quoted(dialect.reference(name)))", expected: dialect.way(to: what))
        return nil
    }

    /// A member that must be there; a problem is noted where it is not.
    mutating func required(_ name: String, _ expected: String) -> ConfigNode? {
        if let member = optional(name) { return member }
        report.problem(node, found: "no \(ConfigNode.quoted(name))", expected: expected)
        return nil
    }

    /// A text for people; an empty one counts as left out, as it does on the wire (sym-api.md 9.1).
    mutating func label(_ name: String = "label", max: Int = ConfigLimits.label) -> String? {
        guard let member = optional(name), member.value != "" else { return nil }
        return report.filledText(member, max: max)
    }

    mutating func flag(_ name: String, default fallback: Bool) -> Bool {
        optional(name).flatMap(report.flag) ?? fallback
    }

    mutating func strings(_ name: String) -> [String: String]? {
        guard let map = optional(name) else { return nil }
        guard case .object = map.value else {
            report.problem(map, expected: "an object of strings")
            return nil
        }
        var strings: [String: String] = [:]
        for (name, node) in map.members where !node.value.isNull { strings[name] = report.settingText(node) }
        return strings
    }

    /// Notes every member that nobody asked for. Called last.
    func finish() {
        for (name, child) in node.members where !known.contains(name) {
            let meant = Spelling.nearest(to: name, among: known)
            let hint = meant.map(ConfigReport.didYouMean) ?? Self.withoutIDSuffix(name, known)
            if report.isLenient {
                report.warning(child, found: "an unknown key", expected: ConfigReport.oneOf(known), hint: hint)
            } else {
                report.problem(child, found: "an unknown key", expected: ConfigReport.oneOf(known), hint: hint)
            }
        }
    }

    /// People who come from Terraform write `strategy_id`; here references are names.
    private static func withoutIDSuffix(_ name: String, _ known: [String]) -> String? {
        guard name.hasSuffix("_id") || name.hasSuffix("_ids") else { return nil }
        let stem = String(name.dropLast(name.hasSuffix("_ids") ? 4 : 3))
        let meant = known.first { $0 == stem || $0 == stem + "s" }
        return meant.map { ConfigReport.didYouMean($0) + " Other things are referred to by name." }
    }
}
