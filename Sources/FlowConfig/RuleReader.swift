import ApprovalCore
import Support

/// What the rules of a flow can speak of.
struct FlowContext {
    var fields: Registry<PromptField>
    var hasStrategy: Bool
    /// Absent also where the strategy has problems of its own.
    var strategy: Strategy?
    /// The flow's Slack workspace, for people who are named by their user id alone.
    var workspace: String?
    var quorum: Int
    var allowsGuests: Bool
}

extension ConfigReader {
    func rules(_ node: ConfigNode, _ context: FlowContext) -> [Rule] {
        guard let elements = report.array(node) else { return [] }
        if elements.count > ConfigLimits.rules {
            report.problem(node, found: "\(elements.count) rules", expected: "at most \(ConfigLimits.rules)")
        }
        var names: [String: ConfigNode] = [:]
        var catchAll: ConfigNode?
        var rules: [Rule] = []
        for element in elements {
            if let catchAll {
                report.warning(
                    element, found: "a rule that is never reached", expected: "it before \(catchAll.path)",
                    hint: "That one has no \"when\", so it always matches.")
            } else if element.value.object != nil, element.member("when") == nil {
                catchAll = element
            }
            guard let rule = rule(element, context) else { continue }
            if let first = names[rule.name.lowercased()] {
                report.problem(
                    element.member("name") ?? element, expected: "a name that no other rule of this flow has",
                    hint: "It is taken by \(first.path).")
            } else {
                names[rule.name.lowercased()] = element
            }
            rules.append(rule)
        }
        return rules
    }

    private func rule(_ node: ConfigNode, _ context: FlowContext) -> Rule? {
        guard var reader = ObjectReader(node, report) else { return nil }
        let name = reader.required("name", "a name, which people see with the request")
            .flatMap { report.filledText($0, max: ConfigLimits.label) }
        let whenNode = reader.optional("when")
        let when = whenNode.map { condition($0, context) } ?? .always
        let outcome = reader.required("then", "{\"approve\": …}, {\"deny\": …} or {\"ask\": …}")
            .flatMap { self.outcome($0, context) }
        reader.finish()
        guard let name, let when, let outcome else { return nil }
        return Rule(name: name, condition: when, outcome: outcome)
    }

    // MARK: then

    private func outcome(_ node: ConfigNode, _ context: FlowContext) -> Rule.Outcome? {
        guard var reader = ObjectReader(node, report) else { return nil }
        let approve = reader.optional("approve")
        let deny = reader.optional("deny")
        let ask = reader.optional("ask")
        reader.finish()
        guard [approve, deny, ask].count(where: { $0 != nil }) == 1 else {
            report.problem(
                node,
                found: node.value.object == [:]
                    ? nil : node.value.object?.names.map(ConfigNode.quoted).joined(separator: ", "),
                expected: "exactly one of \"approve\", \"deny\", \"ask\"")
            return nil
        }
        if let approve { return reason(approve).map(Rule.Outcome.approve) }
        if let deny { return reason(deny).map(Rule.Outcome.deny) }
        return ask.flatMap { askRule($0, context) }.map(Rule.Outcome.ask)
    }

    private func reason(_ node: ConfigNode) -> String? {
        guard var reader = ObjectReader(node, report) else { return nil }
        let reason = reader.required("reason", "why, in words that people see").flatMap { report.filledText($0) }
        reader.finish()
        return reason
    }

    private func askRule(_ node: ConfigNode, _ context: FlowContext) -> AskRule? {
        guard var reader = ObjectReader(node, report) else { return nil }
        let decidersNode = reader.optional("may_decide")
        let selfApproval = reader.flag("self_approval", default: false)
        let quorum = reader.optional("quorum").flatMap { report.int($0, ConfigLimits.quorum) }.map(Int.init)
        let deciders =
            decidersNode.map { self.deciders($0, context, quorum: quorum ?? context.quorum) } ?? DeciderRule()
        let notify = reader.optional("notify").map(stages) ?? []
        reader.finish()
        guard let deciders else { return nil }
        return AskRule(mayDecide: deciders, selfApproval: selfApproval, quorum: quorum, notify: notify)
    }

    private func deciders(_ node: ConfigNode, _ context: FlowContext, quorum: Int) -> DeciderRule? {
        guard var reader = ObjectReader(node, report) else { return nil }
        let usersNode = reader.optional("users")
        let users = usersNode.map { (report.filledArray($0) ?? []).compactMap(person) }
        let levelNode = reader.optional("level")
        let level = levelNode.flatMap { report.choice($0, of: Role.self) } ?? .member
        let workspace = reader.optional("workspace").flatMap { report.slackID($0, .workspace) }
        let channel = reader.optional("channel_members").flatMap { report.slackID($0, .channel) }
        reader.finish()
        if let usersNode, let users, !users.isEmpty, Set(users).count < quorum {
            report.problem(
                usersNode, found: "\(Set(users).count)", expected: "at least \(quorum) people",
                hint: "So many have to approve.")
        }
        if let levelNode, level == .guest, !context.allowsGuests {
            report.problem(
                levelNode, expected: "\"member\" or \"admin\"",
                hint: "For guests to decide, the flow needs allow_guest_interaction in its params.")
        }
        return DeciderRule(level: level, people: users, workspace: workspace, channelMembers: channel)
    }

    // MARK: notify

    /// A backup chain: who is told first, and who is next (SYM-28).
    func stages(_ node: ConfigNode) -> [StageRule] {
        guard let elements = report.filledArray(node) else { return [] }
        if elements.count > ConfigLimits.stages {
            report.problem(node, found: "\(elements.count)", expected: "at most \(ConfigLimits.stages)")
        }
        return elements.compactMap(stage)
    }

    private func stage(_ node: ConfigNode) -> StageRule? {
        guard var reader = ObjectReader(node, report) else { return nil }
        let forwardAfter = reader.optional("forward_after").flatMap { report.seconds($0) }.map(Int.init)
        let several = reader.optional("any")
        let single = destination(&reader, isAlone: several == nil)
        reader.finish()
        if let several, Self.destinationKeys.contains(where: { node.member($0) != nil }) {
            report.problem(several, found: "\"any\" beside a destination", expected: "one of them")
            return nil
        }
        guard let several else { return single.map { StageRule([$0], forwardAfterSeconds: forwardAfter) } }
        let destinations = (report.filledArray(several) ?? []).compactMap { element -> StageRule.Destination? in
            guard var reader = ObjectReader(element, report) else { return nil }
            let destination = destination(&reader, isAlone: true)
            reader.finish()
            return destination
        }
        return destinations.isEmpty ? nil : StageRule(destinations, forwardAfterSeconds: forwardAfter)
    }

    private static let destinationKeys = ["channel", "user", "group", "users"]

    private func destination(_ reader: inout ObjectReader, isAlone: Bool) -> StageRule.Destination? {
        let given = Self.destinationKeys.compactMap { key in reader.optional(key).map { (key, $0) } }
        guard isAlone else { return nil }
        guard given.count == 1, let (key, node) = given.first else {
            report.problem(
                reader.node,
                found: given.isEmpty ? "no destination" : given.map { ConfigNode.quoted($0.0) }.joined(separator: ", "),
                expected: "exactly one of " + Self.destinationKeys.map(ConfigNode.quoted).joined(separator: ", "))
            return nil
        }
        switch key {
        case "channel": return channel(node).map(StageRule.Destination.channel)
        case "user": return person(node).map(StageRule.Destination.user)
        case "group": return report.slackID(node, .group).map(StageRule.Destination.group)
        default:
            guard let elements = report.filledArray(node) else { return nil }
            let people = elements.compactMap(person)
            if elements.count > ConfigLimits.groupConversation {
                report.problem(
                    node, found: "\(elements.count) people", expected: "at most \(ConfigLimits.groupConversation)",
                    hint: "Slack's group conversations have no room for more. \"any\" tells each of them alone.")
            }
            return .users(people)
        }
    }

    private func channel(_ node: ConfigNode) -> String? {
        if let text = node.value.text {
            if SlackIDKind.channel.matches(text) { return text }
            if text.hasPrefix("#"), text.count > 1, text.count <= 81, !text.contains(where: \.isWhitespace) {
                return text
            }
        }
        report.problem(node, expected: "a Slack channel, \"#name\" or \"C…\"")
        return nil
    }

    /// An e-mail address in lower case, or a Slack user id.
    private func person(_ node: ConfigNode) -> String? {
        if let text = node.value.text {
            if SlackIDKind.user.matches(text) { return text }
            if ConfigPatterns.isEmail(text) { return text.lowercased() }
        }
        report.problem(node, expected: "an e-mail address, or a Slack user id \"U…\"")
        return nil
    }
}
