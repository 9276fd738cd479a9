import FlowConfig
import Support

/// The organisation as its administrators and clients see it: what the folder says and what was added through the API.
extension ApprovalEngine {
    /// `symflow bootstrap` names the organisation where it was run, else the folder does.
    package func organizationSlug() async throws(StoreError) -> String {
        let slug = try await roster().organization.slug
        return slug ?? configuration().organization.slug
    }

    /// The folder's first.
    package func organizationDomains() async throws(StoreError) -> [String] {
        let configured = configuration().organization.domains
        let added = try await refreshRoster().organization.domains
        return configured + added.filter { !configured.contains($0) }
    }

    package func add(domain: String, by actor: String) async throws(StoreError) {
        guard !configuration().organization.domains.contains(domain) else { return }
        try await changeOrganization("domainAdded", by: actor, details: ["domain": .string(domain)]) { organization in
            if !organization.domains.contains(domain) { organization.domains.append(domain) }
        }
    }

    package enum DomainRemoval: Hashable, Sendable {
        case removed, unknown
        /// It stands in the configuration folder, and is removed there.
        case configured
    }

    /// Users who are there already stay what they are (sym-api.md 3).
    package func remove(domain: String, by actor: String) async throws(StoreError) -> DomainRemoval {
        if configuration().organization.domains.contains(domain) { return .configured }
        let isChanged = try await changeOrganization(
            "domainRemoved", by: actor, details: ["domain": .string(domain)]
        ) { organization in organization.domains.removeAll { $0 == domain } }
        return isChanged ? .removed : .unknown
    }

    package func set(mfaRequired: Bool, by actor: String) async throws(StoreError) {
        try await changeOrganization("mfaConfigured", by: actor, details: ["required": .bool(mfaRequired)]) {
            $0.isMFARequired = mfaRequired
        }
    }

    /// - Returns: whether anything changed.
    @discardableResult
    private func changeOrganization(
        _ kind: String, by actor: String, details: JSONObject, _ change: (inout OrganizationRecord) -> Void
    ) async throws(StoreError) -> Bool {
        while true {
            let document = try await store.document(.organization, OrganizationRecord.documentID)
            let before = document.map(OrganizationRecord.init) ?? OrganizationRecord()
            var after = before
            change(&after)
            guard after != before else { return false }
            let now = clock.now()
            do {
                try await store.commit(
                    DocumentsChange(
                        saved: [after.document(version: document?.version ?? 0, at: now)],
                        notes: [
                            AuditNote(aggregate: "organization", at: now, kind: kind, actor: actor, details: details)
                        ]
                    )
                )
            } catch {
                // Somebody else was first, and made progress: this ends.
                guard error == .conflict else { throw error }
                continue
            }
            rosters.change { $0.keep(after) }
            waiting.ring(.roster)
            return true
        }
    }
}
