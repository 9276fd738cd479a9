package import ApprovalCore
import Support

extension Strategy {
    /// The service in which the people who get access have accounts: what identities are stored under.
    package var service: ServiceKey {
        ServiceKey(type: integration?.type ?? type, externalID: integration?.externalID ?? name)
    }
}

extension Person {
    /// What somebody is called where nobody knows better: a bot has a name where a person has an address.
    fileprivate var defaultIdentity: String? { isBot && !account.isInSlack ? name : email }
}

/// What people are called in the systems that flows give access to (sym-sdk.md 2.5).
extension ApprovalEngine {
    /// What is known without asking the flow's code; `nil` where that has to be asked, or nobody knows.
    func knownIdentity(of person: Person, for flow: Flow) async throws(StoreError) -> String? {
        guard let strategy = flow.strategy else { return person.account.description }
        if let stored = try await storedIdentity(of: person, in: strategy.service) { return stored }
        return handlers.knowsIdentities(of: flow) ? nil : person.defaultIdentity
    }

    private func storedIdentity(of person: Person, in service: ServiceKey) async throws(StoreError) -> String? {
        guard let user = try await user(behind: person), !user.isDeleted else { return nil }
        return user.identity(in: service)?.key
    }

    /// What is kept about somebody: under their id, or under the e-mail address by which they were known before they
    /// came to Slack. An address names one human only in our own workspaces (decisions.md 4).
    package func user(behind person: Person) async throws(StoreError) -> User? {
        if let user = try await user(person.id) { return user }
        guard person.isHome, let email = person.email else { return nil }
        return try await user(email: email)
    }

    /// Keeps who somebody is in a service (SYM-30, 50).
    package func keepIdentity(
        _ identity: ServiceIdentity, of person: Person, by actor: String
    ) async throws(StoreError) {
        if let user = try await user(behind: person), user.id != person.id, let email = user.email {
            try await keep(identity, ofUserWith: email, by: actor)
        } else {
            try await keep(identity, of: person, by: actor)
        }
    }

    /// What is to be used now for a run that was approved under the identity in its terms.
    ///
    /// - Returns: `nil` when an identity that was stored then is stored no more.
    func currentIdentity(of run: AccessRequest, for flow: Flow) async throws(StoreError) -> String? {
        let requester = run.submission.requester
        if let known = try await knownIdentity(of: requester, for: flow) { return known }
        // The code did not know, and the e-mail address was used, which is nowhere stored.
        return run.terms.identity == requester.defaultIdentity ? requester.defaultIdentity : nil
    }

    /// The run as it is once it is known who the requester is in the target system; asks the flow's code where nothing
    /// is stored, and keeps what it says (SYM-30, 31, 48).
    ///
    /// - Returns: `nil` when nobody knows.
    /// - Throws: `HandlerError`, `StoreError`.
    func identified(_ question: FlowQuestion) async throws -> AccessRequest? {
        let (run, flow) = (question.run, question.flow)
        let requester = run.submission.requester
        var identity = try await knownIdentity(of: requester, for: flow)
        if identity == nil, let strategy = flow.strategy {
            var question = question
            question.idempotencyKey += "/identity"
            switch try await handlers.identity(question, in: strategy.service) {
            case .identity(let found), .email(let found):
                if !strategy.service.makesThePerson {
                    try await keepIdentity(
                        ServiceIdentity(service: strategy.service, matcher: ["user_id": .string(found)]), of: requester,
                        by: "flow/" + flow.name
                    )
                }
                identity = found
            case .unknown: identity = requester.defaultIdentity
            }
        }
        guard let identity else { return nil }
        return identity == run.terms.identity ? run : run.amended(amendment(of: run, flow, identity: identity))
    }

    /// What a run is bound to after a change; in the same round, for people have not decided on it yet, or decided on
    /// more.
    func amendment(
        of run: AccessRequest, _ flow: Flow, change: JobChange = JobChange(), identity: String?
    ) -> Amendment {
        let submission = run.submission.changed(by: change)
        return Amendment(
            target: submission.target, durationSeconds: submission.durationSeconds,
            terms: Terms(submission, flow: flow, identity: identity, hooks: run.terms.hooks),
            binding: BindingDocuments(submission, flow: flow, identity: identity).binding(round: run.binding.round)
        )
    }
}
