/// What approval is bound to (COR-03): this job, under this policy.
package struct Binding: Hashable, Codable, Sendable {
    /// Hash of what would be done: inputs, resolved settings, identity, requester, flow, duration.
    package var jobHash: String
    /// Hash of what can change the effect or the decision.
    package var policySnapshot: String
    /// A short hash for each top-level key of both documents, to name what changed.
    @WrittenTexts package var parts: [String: String]
    /// Counts how often the request was asked anew; cards carry it.
    package var round: Int

    package init(jobHash: String, policySnapshot: String, parts: [String: String], round: Int = 1) {
        self.jobHash = jobHash
        self.policySnapshot = policySnapshot
        self.parts = parts
        self.round = round
    }

    init(jobHash: String, policySnapshot: String, parts: WrittenTexts, round: Int) {
        self.jobHash = jobHash
        self.policySnapshot = policySnapshot
        _parts = parts
        self.round = round
    }

    package func isSameJobAndPolicy(as other: Binding) -> Bool {
        jobHash == other.jobHash && policySnapshot == other.policySnapshot
    }

    /// The top-level keys in which two bindings differ, sorted.
    package func changedKeys(against other: Binding) -> [String] {
        let (parts, others) = (parts, other.parts)
        return Set(parts.keys).union(others.keys).filter { parts[$0] != others[$0] }.sorted()
    }
}

/// The current truth that a broken binding is replaced by.
package struct Rebinding: Hashable, Codable, Sendable {
    package var revision: String
    package var terms: Terms
    package var binding: Binding

    package init(revision: String, terms: Terms, binding: Binding) {
        self.revision = revision
        self.terms = terms
        self.binding = binding
    }
}
