package import ApprovalCore
package import FlowConfig
package import Support

/// Code of the flows that is asked while a person fills a form in. Nothing of it decides about a request.
package protocol FormHandlers: Sendable {
    /// `on_prompt` before a form is shown, `after_prompt` when it is (sym-sdk.md 2.2). What the latter returns has no
    /// effect.
    func prompt(_ hook: Hook, _ question: FormQuestion) async throws(HandlerError) -> PromptAnswer

    /// What a prefetched field offers: the function that is decorated with `prefetch("<field>")`.
    func options(of field: PromptField, _ question: FormQuestion) async throws(HandlerError) -> [FieldOption]

    /// What becomes of the form when a field has changed: `on_change_<field>`.
    ///
    /// - Parameters:
    ///   - form: with what was entered so far.
    ///   - prefetched: what prefetched fields offer, by name, as far as that is known.
    func changes(
        of field: PromptField, in form: PromptForm, prefetched: [String: [FieldOption]], _ question: FormQuestion
    ) async throws(HandlerError) -> FormChanges

    /// The flows that a person is offered: `get_flows`.
    func offered(
        _ flows: [Flow], by filter: FlowsFilter, workspace: String, _ question: PersonQuestion
    ) async throws(HandlerError) -> [Flow]
}

package enum PromptAnswer: Hashable, Sendable {
    case show
    /// The person does not get to see the form, and reads this.
    case refuse(message: String?)
    /// There is no form: this is asked for in the person's name.
    case request(PromptedRequest)
}

/// What `on_prompt` asks for by itself (`ApprovalTemplate.request` or `.approve`, sym-sdk.md 3.2). Everything else has
/// its default, and the form's rules hold for all of it.
package struct PromptedRequest: Hashable, Sendable {
    /// The name of a target of the flow's strategy.
    package var target: String?
    package var durationSeconds: Int64?
    /// The flow's fields that it fills in, by name.
    package var fields: [String: FieldValue]
    package var approval: PromptApproval?

    package init(
        target: String? = nil, durationSeconds: Int64? = nil, fields: [String: FieldValue] = [:],
        approval: PromptApproval? = nil
    ) {
        self.target = target
        self.durationSeconds = durationSeconds
        self.fields = fields
        self.approval = approval
    }
}

/// Who asks, and how long they can wait.
package struct PersonQuestion: Sendable {
    package var person: Person
    package var now: Timestamp
    /// All in all, waiting for a worker included.
    package var limit: Duration
    package var idempotencyKey: String

    package init(person: Person, now: Timestamp, limit: Duration, idempotencyKey: String) {
        self.person = person
        self.now = now
        self.limit = limit
        self.idempotencyKey = idempotencyKey
    }
}

/// A question about one flow's form.
package struct FormQuestion: Sendable {
    package var flow: Flow
    /// Chosen when the form was opened.
    package var target: String?
    package var asking: PersonQuestion

    package init(flow: Flow, target: String?, asking: PersonQuestion) {
        self.flow = flow
        self.target = target
        self.asking = asking
    }
}
