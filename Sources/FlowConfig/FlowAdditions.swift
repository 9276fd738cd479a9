import Support

/// What a flow says beyond Sym's vocabulary: beside `params`, or in `vars` under names that begin with `sym_`, where
/// Terraform can put it (decisions.md 10).
struct FlowAdditions {
    /// What Python sees: without ours.
    var vars: [String: String]
    fileprivate var nodes: [String: ConfigNode]

    func node(_ name: String) -> ConfigNode? { nodes[name] }
}

extension ConfigReader {
    /// In `vars`, what is no plain text or number is JSON text.
    private static let additions: [(name: String, isJSONInVars: Bool)] = [
        ("answer_by", false), ("quorum", false), ("risk_tags", false), ("constraints", true), ("rules", true),
        ("admin_override", false), ("notify", true),
    ]
    private static let ownPrefix = "sym_"

    func additions(_ reader: inout ObjectReader) -> FlowAdditions {
        var nodes: [String: ConfigNode] = [:]
        for (name, _) in Self.additions { nodes[name] = reader.optional(name) }

        var vars: [String: String] = [:]
        guard let map = reader.optional("vars") else { return FlowAdditions(vars: vars, nodes: nodes) }
        if map.value.object == nil { report.problem(map, expected: "an object of strings") }
        for (name, node) in map.members where !node.value.isNull {
            if name.hasPrefix(Self.ownPrefix) {
                take(node, String(name.dropFirst(Self.ownPrefix.count)), into: &nodes)
            } else {
                vars[name] = report.settingText(node)
                if node.value.text == nil, vars[name] != nil {
                    report.warning(node, expected: "a string", hint: "Handlers see it as text.")
                }
            }
        }
        return FlowAdditions(vars: vars, nodes: nodes)
    }

    private func take(_ node: ConfigNode, _ name: String, into nodes: inout [String: ConfigNode]) {
        guard let addition = Self.additions.first(where: { $0.name == name }) else {
            let known = Self.additions.map { Self.ownPrefix + $0.name }
            let meant = Spelling.nearest(to: Self.ownPrefix + name, among: known)
            report.problem(
                node, found: "an unknown key", expected: ConfigReport.oneOf(known),
                hint: meant.map(ConfigReport.didYouMean) ?? "Names that begin with \"sym_\" are reserved.")
            return
        }
        if let other = nodes[name] {
            report.problem(
                node, found: "a second \(ConfigNode.quoted(name))", expected: "one",
                hint: "The other one is \(other.file): \(other.path).")
            return
        }
        guard addition.isJSONInVars, case .string(let text) = node.value else {
            nodes[name] = node
            return
        }
        do {
            nodes[name] = node.holding(try JSONValue(parsing: text, allowing: [.comments, .trailingCommas]))
        } catch {
            report.problem(node, found: "a text that is not JSON (\(error))", expected: "\(name) as JSON text")
        }
    }
}
