/// One way to ask for something: what to fill in, who is asked, and what approval switches on.
///
/// A value made by `FlowConfig` from validated configuration, with every reference resolved. A run keeps the flow it
/// was requested under (`FlowRevision`), so an edit does not reach into requests in flight.
package struct Flow: Hashable, Codable, Sendable {
    package var name: String
    package var label: String
    package var environment: Environment
    /// Python source of the flow's handlers; absent for flows that rules alone decide.
    package var implementation: String?
    /// What Python sees as `event.flow.vars`; names that begin with `sym_` are ours and not among them.
    package var vars: [String: String]
    /// Absent for an approval-only flow (SYM-12, 13).
    package var strategy: Strategy?
    package var fields: [PromptField]
    package var allowRevoke: Bool
    /// Whether access ends by itself after its duration.
    package var scheduleDeescalation: Bool
    package var includeDecisionMessage: Bool
    /// Where requests may come from; `nil` means everywhere (SYM-56).
    package var allowedSources: [Source]?
    /// Slack mrkdwn, shown below the default header of the form (SYM-65).
    package var additionalHeaderText: String?
    package var allowGuestInteraction: Bool
    package var answerBySeconds: Int
    package var quorum: Int
    package var adminOverride: Bool
    package var riskTags: [String]
    package var constraints: Constraints
    package var rules: [Rule]
    /// Who hears of a request when no rule names anybody.
    package var notify: [StageRule]

    /// A request is void after this time unless the flow says otherwise (TIN-10).
    package static let answerBySecondsDefault = 72 * 3600

    package enum Source: String, Codable, Hashable, Sendable, CaseIterable { case slack, api }

    package init(
        name: String, label: String? = nil, environment: Environment, implementation: String? = nil,
        vars: [String: String] = [:], strategy: Strategy? = nil, fields: [PromptField] = [], allowRevoke: Bool = true,
        scheduleDeescalation: Bool = true, includeDecisionMessage: Bool = false, allowedSources: [Source]? = nil,
        additionalHeaderText: String? = nil, allowGuestInteraction: Bool = false,
        answerBySeconds: Int = Flow.answerBySecondsDefault, quorum: Int = 1, adminOverride: Bool = true,
        riskTags: [String] = [], constraints: Constraints = Constraints(), rules: [Rule] = [],
        notify: [StageRule] = []
    ) {
        self.name = name
        self.label = label ?? name
        self.environment = environment
        self.implementation = implementation
        self.vars = vars
        self.strategy = strategy
        self.fields = fields
        self.allowRevoke = allowRevoke
        self.scheduleDeescalation = scheduleDeescalation
        self.includeDecisionMessage = includeDecisionMessage
        self.allowedSources = allowedSources
        self.additionalHeaderText = additionalHeaderText
        self.allowGuestInteraction = allowGuestInteraction
        self.answerBySeconds = answerBySeconds
        self.quorum = quorum
        self.adminOverride = adminOverride
        self.riskTags = riskTags
        self.constraints = constraints
        self.rules = rules
        self.notify = notify
    }

    package var isApprovalOnly: Bool { strategy == nil }

    package func accepts(_ source: Source) -> Bool { allowedSources?.contains(source) ?? true }

    package func field(named name: String) -> PromptField? { fields.first { $0.name == name } }
}

/// Flows that share a Slack workspace and a place for errors.
package struct Environment: Hashable, Codable, Sendable {
    package var name: String
    package var label: String?
    /// The Slack workspace of its `slack` integration, `T…`.
    package var workspace: String
    /// Channel name or id to which errors of handlers and strategies are reported (SYM-26).
    package var errorChannel: String?
    /// Integrations by key, without secret values.
    package var integrations: [String: Integration]

    package init(
        name: String, label: String? = nil, workspace: String, errorChannel: String? = nil,
        integrations: [String: Integration] = [:]
    ) {
        self.name = name
        self.label = label
        self.workspace = workspace
        self.errorChannel = errorChannel
        self.integrations = integrations
    }
}

/// A system that flows work with. Settings that name secrets hold the secret's name, never its value.
package struct Integration: Hashable, Codable, Sendable {
    package var type: String
    package var name: String
    package var externalID: String
    package var settings: [String: String]

    package init(type: String, name: String, externalID: String, settings: [String: String] = [:]) {
        self.type = type
        self.name = name
        self.externalID = externalID
        self.settings = settings
    }
}

/// How access is switched on and off.
package struct Strategy: Hashable, Codable, Sendable {
    /// `http`, `custom`, and Sym's others.
    package var type: String
    package var name: String
    package var label: String
    package var integration: Integration?
    package var settings: [String: String]
    package var targets: [Target]
    /// Python source of a `custom` strategy.
    package var implementation: String?

    package init(
        type: String, name: String, label: String? = nil, integration: Integration? = nil,
        settings: [String: String] = [:], targets: [Target], implementation: String? = nil
    ) {
        self.type = type
        self.name = name
        self.label = label ?? name
        self.integration = integration
        self.settings = settings
        self.targets = targets
        self.implementation = implementation
    }

    package func target(named name: String) -> Target? { targets.first { $0.name == name } }
}

/// What access is given to.
package struct Target: Hashable, Codable, Sendable {
    package var type: String
    package var name: String
    package var label: String
    package var settings: [String: String]
    /// Names of settings that the request's fields of the same name fill in (sym-terraform.md 3.3).
    package var fieldBindings: [String]

    package init(
        type: String, name: String, label: String? = nil, settings: [String: String] = [:],
        fieldBindings: [String] = []
    ) {
        self.type = type
        self.name = name
        self.label = label ?? name
        self.settings = settings
        self.fieldBindings = fieldBindings
    }

    /// The settings with the submitted values of the bound fields in place.
    package func resolvedSettings(with fields: [String: FieldValue]) -> [String: String] {
        var resolved = settings
        for name in fieldBindings { resolved[name] = fields[name]?.settingText }
        return resolved
    }
}

/// What an approved job must stay within (COR-08, 14).
package struct Constraints: Hashable, Codable, Sendable {
    package var maxRuntimeSeconds: Int?
    package var maxLinesChanged: Int?

    package init(maxRuntimeSeconds: Int? = nil, maxLinesChanged: Int? = nil) {
        self.maxRuntimeSeconds = maxRuntimeSeconds
        self.maxLinesChanged = maxLinesChanged
    }

    package var isEmpty: Bool { maxRuntimeSeconds == nil && maxLinesChanged == nil }
}

/// A flow as it stood when a request was made, under a name that its content decides.
package struct FlowRevision: Hashable, Codable, Sendable {
    package var hash: String
    package var flow: Flow

    package init(hash: String, flow: Flow) {
        self.hash = hash
        self.flow = flow
    }
}
