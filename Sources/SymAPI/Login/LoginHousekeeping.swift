package import ApprovalEngine
package import Support

/// Forgets logins that are over, and tokens that have long expired.
package struct LoginHousekeeping: Sendable {
    private let store: any DocumentStore
    private let clock: WallClock

    /// A code that comes a second time is recognised this long.
    static let keepLogins: Duration = .hours(1)
    /// `symflow tokens list` shows an expired token this long.
    static let keepTokens: Duration = .hours(24 * 30)

    package init(store: any DocumentStore, clock: WallClock) {
        self.store = store
        self.clock = clock
    }

    package func sweep() async throws(StoreError) {
        let now = clock.now()
        for kind in [DocumentKind.loginAttempt, .loginGrant] {
            for document in try await store.documents(kind, key: nil)
            where now - document.updatedAt > Self.keepLogins {
                try await forget(document)
            }
        }
        for document in try await store.documents(.token, key: nil) {
            let token = try APIToken(document)
            let keep: Duration = token.purpose == .bot ? Self.keepTokens : .zero
            if now - token.expiresAt > keep { try await forget(document) }
        }
    }

    /// Another replica may have been first.
    private func forget(_ document: Document) async throws(StoreError) {
        do {
            try await store.commit(DocumentsChange(deleted: [DocumentsChange.Deletion(document)]))
        } catch {
            guard error == .conflict else { throw error }
        }
    }
}
