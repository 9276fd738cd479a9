import ApprovalCore
import Support

extension ConfigReader {
    func flow(
        _ reader: inout ObjectReader, _ name: String, _ parts: ConfigParts
    ) -> Flow? {
        let sourceCount = report.sources.count
        let label = reader.label(max: ConfigLimits.optionText)
        let environment = reader.requiredReference("environment", to: "an environment", dialect)
            .flatMap { parts.environments.resolve($0, report) }
        let implementationNode = reader.optional("implementation").flatMap { saysNothing($0) ? nil : $0 }
        let implementation = implementationNode.flatMap { pythonFile($0, .implementation, "An implementation") }
        let additions = additions(&reader)
        let paramsNode = reader.optional("params")
        let params = params(paramsNode, parts.strategies)
        if implementationNode == nil { checkPrefetch(paramsNode?.member("prompt_fields")?.elements ?? []) }
        let quorum = additions.node("quorum").flatMap { report.int($0, ConfigLimits.quorum) }.map(Int.init) ?? 1

        let context = FlowContext(
            fields: params.fields, hasStrategy: params.hasStrategy, strategy: params.strategy,
            workspace: environment?.workspace, quorum: quorum, allowsGuests: params.allowGuestInteraction)
        let notify = additions.node("notify").map(stages) ?? []
        let rules = additions.node("rules").map { self.rules($0, context) } ?? []
        let audience = Audience(
            hasImplementation: implementationNode != nil, hasNotify: additions.node("notify") != nil,
            rules: additions.node("rules"))
        checkAudience(reader.node, audience, rules)
        report.describe(
            sourcesFrom: sourceCount, fields: params.fields.values.map(\.name),
            hasRules: audience.rules.map { $0.value != [] } ?? false)

        let answerBy = additions.node("answer_by").flatMap { report.seconds($0) }.map(Int.init)
        let adminOverride = additions.node("admin_override").flatMap(report.flag) ?? true
        let riskTags = additions.node("risk_tags").map(riskTags) ?? []
        let constraints = additions.node("constraints").map(constraints) ?? Constraints()
        guard let environment else { return nil }
        return Flow(
            name: name, label: label, environment: environment, implementation: implementation,
            vars: additions.vars, strategy: params.strategy, fields: params.fields.values,
            allowRevoke: params.allowRevoke, scheduleDeescalation: params.scheduleDeescalation,
            includeDecisionMessage: params.includeDecisionMessage, allowedSources: params.allowedSources,
            additionalHeaderText: params.additionalHeaderText, allowGuestInteraction: params.allowGuestInteraction,
            answerBySeconds: answerBy ?? Flow.answerBySecondsDefault, quorum: quorum, adminOverride: adminOverride,
            riskTags: riskTags, constraints: constraints, rules: rules, notify: notify)
    }

    /// Options that nobody offers would leave a field that nobody can fill in.
    private func checkPrefetch(_ fields: [ConfigNode]) {
        guard capabilities.python.contains(.prefetch) else { return }
        for node in fields.compactMap({ $0.member("prefetch") }) where node.value == true || node.value == "true" {
            report.problem(
                node, expected: "false",
                hint: "The flow has no implementation whose @prefetch function could offer options.")
        }
    }

    /// On the wire every flow has an implementation. One of blank lines and comments leaves all to the rules.
    private func saysNothing(_ node: ConfigNode) -> Bool {
        guard dialect == .wire, let text = node.value.text.flatMap(WireText.decoded) else { return false }
        return text.split(whereSeparator: \.isNewline).allSatisfy { line in
            let line = String(line).trimmed
            return line.isEmpty || line.hasPrefix("#")
        }
    }

    // MARK: params

    private struct Params {
        var hasStrategy = false
        var strategy: Strategy?
        var fields = Registry<PromptField>(kind: "prompt field")
        var allowRevoke = true
        var scheduleDeescalation = true
        var includeDecisionMessage = false
        var allowedSources: [Flow.Source]?
        var additionalHeaderText: String?
        var allowGuestInteraction = false
    }

    private func params(_ node: ConfigNode?, _ strategies: Registry<Strategy>) -> Params {
        var params = Params()
        guard let node, var reader = ObjectReader(node, report) else { return params }
        let strategyNode = reader.reference("strategy", dialect)
        params.hasStrategy = strategyNode != nil
        params.strategy = strategyNode.flatMap { strategies.resolve($0, report) }
        if let strategyNode, let strategy = params.strategy, strategy.targets.isEmpty {
            report.problem(strategyNode, expected: "a strategy that has targets", hint: "This one has none.")
        }
        params.allowRevoke = reader.flag("allow_revoke", default: true)
        params.scheduleDeescalation = reader.flag("schedule_deescalation", default: true)
        if !params.allowRevoke, !params.scheduleDeescalation {
            report.problem(
                node, found: "neither allow_revoke nor schedule_deescalation", expected: "at least one of them",
                hint: "Otherwise access would never end.")
        }
        params.includeDecisionMessage = reader.flag("include_decision_message", default: false)
        params.allowedSources = reader.optional("allowed_sources").map(allowedSources)
        params.additionalHeaderText = reader.label("additional_header_text", max: ConfigLimits.headerText)
        params.allowGuestInteraction = reader.flag("allow_guest_interaction", default: false)
        let fieldsNode = reader.optional("prompt_fields")
        params.fields = promptFields(
            fieldsNode, hasStrategy: params.hasStrategy, hasDecisionMessage: params.includeDecisionMessage)
        reader.finish()
        if let strategyNode, let strategy = params.strategy {
            checkBindings(strategyNode, strategy, params.fields)
            if params.scheduleDeescalation, !params.fields.has(PromptField.durationName) {
                report.warning(
                    fieldsNode ?? node, found: "no \"\(PromptField.durationName)\"", expected: "a field of this name",
                    hint: "Access lasts settings.duration_default.")
            }
        }
        return params
    }

    private func allowedSources(_ node: ConfigNode) -> [Flow.Source] {
        let sources = (report.array(node) ?? []).compactMap { report.choice($0, of: Flow.Source.self) }
        if node.value == [] {
            report.warning(node, expected: "\"slack\" or \"api\"", hint: "Nobody can request anything with this flow.")
        }
        return sources
    }

    /// Settings that are filled in from the form need a field that is there (sym-terraform.md 3.3).
    private func checkBindings(_ node: ConfigNode, _ strategy: Strategy, _ fields: Registry<PromptField>) {
        for target in strategy.targets {
            for binding in target.fieldBindings {
                let place = "The target \(ConfigNode.quoted(target.name)) fills in its setting of this name with it."
                guard fields.has(binding) else {
                    report.problem(
                        node, found: "no prompt field \(ConfigNode.quoted(binding))", expected: "a field of this name",
                        hint: place)
                    continue
                }
                guard let field = fields.values.first(where: { $0.name.lowercased() == binding.lowercased() })
                else { continue }
                if field.name != binding {
                    report.problem(
                        node, found: "a prompt field \(ConfigNode.quoted(field.name))",
                        expected: "one that is spelled \(ConfigNode.quoted(binding))", hint: place)
                } else if !field.isRequired, field.defaultValue == nil, target.settings[binding] == nil {
                    report.problem(
                        node, found: "an optional prompt field \(ConfigNode.quoted(binding))",
                        expected: "a required one, or one with a default", hint: place)
                }
                if target.type == "http", binding == "url" { checkBoundAddress(node, field) }
            }
        }
    }

    /// Signed grants go to addresses that the operator has chosen, never to what somebody types.
    private func checkBoundAddress(_ node: ConfigNode, _ field: PromptField) {
        let addresses = field.allowedValues.map(\.settingText)
        guard !addresses.isEmpty, addresses.allSatisfy(ConfigPatterns.isWebAddress) else {
            report.problem(
                node, found: "a target whose \"url\" anybody can type",
                expected: "a prompt field \"url\" whose allowed_values are addresses")
            return
        }
    }

    // MARK: Who hears of it

    /// What decides whether anybody would hear of a request: what is written, whether or not it could be read.
    private struct Audience {
        var hasImplementation: Bool
        var hasNotify: Bool
        var rules: ConfigNode?
    }

    private func checkAudience(_ flow: ConfigNode, _ audience: Audience, _ rules: [Rule]) {
        if audience.hasImplementation || audience.hasNotify { return }
        guard let rulesNode = audience.rules, rulesNode.value != [] else {
            report.problem(
                flow, found: "no \"rules\", \"notify\" or \"implementation\"", expected: "at least one of them",
                hint: "Nobody would hear of a request.")
            return
        }
        for element in rulesNode.elements {
            guard let ask = element.member("then")?.member("ask"), ask.value.object != nil, ask.member("notify") == nil
            else { continue }
            report.problem(
                ask, found: "no \"notify\", and the flow has none either", expected: "one of them",
                hint: "Nobody would hear of a request.")
        }
        if !rules.isEmpty, rules.count == rulesNode.elements.count, !rules.contains(where: { $0.condition == .always })
        {
            report.warning(
                rulesNode, found: "a condition in every rule", expected: "a last rule without \"when\", or \"notify\"",
                hint: "Requests that match no rule are refused, because nobody would hear of them.")
        }
    }

    // MARK: Risk

    private func riskTags(_ node: ConfigNode) -> [String] {
        let elements: [ConfigNode]
        if case .string(let text) = node.value {
            elements = text.split(separator: ",").map { node.holding(.string(String($0).trimmed)) }
        } else {
            elements = report.array(node) ?? []
        }
        var tags: [String] = []
        for element in elements {
            guard let tag = report.slug(element) else { continue }
            if tags.contains(tag) {
                report.problem(element, found: "\(element.shown) again", expected: "each tag once")
            } else {
                tags.append(tag)
            }
        }
        return tags
    }

    private func constraints(_ node: ConfigNode) -> Constraints {
        var constraints = Constraints()
        guard var reader = ObjectReader(node, report) else { return constraints }
        constraints.maxRuntimeSeconds = reader.optional("max_runtime_sec")
            .flatMap { report.int($0, 1...ConfigLimits.durationSeconds.upperBound) }.map(Int.init)
        if let lines = reader.optional("max_lines_changed") {
            // Only what is enforced may be promised (decisions.md 17).
            unavailable(lines, "The constraint \"max_lines_changed\"", expected: "only \"max_runtime_sec\"")
        }
        reader.finish()
        return constraints
    }
}
