import ApprovalCore
import Support
import Synchronization

/// The roster as it was read last.
package final class RosterCache: Sendable {
    private let kept = Mutex<Roster?>(nil)

    var roster: Roster? { kept.withLock { $0 } }

    /// Of two that were read at the same time the newer one stays.
    func keep(_ roster: Roster) {
        kept.withLock { kept in
            if let kept, kept.generation.users > roster.generation.users { return }
            if let kept, kept.generation.organization > roster.generation.organization { return }
            kept = roster
        }
    }

    /// Changes what is there; where nothing is, whoever needs it will read it.
    func change(_ body: (inout Roster) -> Void) {
        kept.withLock { kept in
            guard var roster = kept else { return }
            body(&roster)
            kept = roster
        }
    }
}

extension ApprovalEngine {
    /// Users and domains as they were known a moment ago; read from the store the first time only.
    package func roster() async throws(StoreError) -> Roster {
        if let roster = rosters.roster { return roster }
        return try await refreshRoster()
    }

    package func roleRules() async throws(StoreError) -> RoleRules {
        RoleRules(configuration: configuration(), roster: try await roster())
    }

    /// Reads users and domains again where somebody changed them, here or on another replica.
    @discardableResult
    package func refreshRoster() async throws(StoreError) -> Roster {
        // Read before the users: what comes in between is read again the next time.
        let generation = Roster.Generation(
            users: try await store.generation(of: .user), organization: try await store.generation(of: .organization)
        )
        if let roster = rosters.roster, roster.generation == generation { return roster }
        var users: [User] = []
        for document in try await store.documents(.user, key: nil) { users.append(try User(document)) }
        let organization = try await store.document(.organization, OrganizationRecord.documentID)
        let roster = Roster(
            users: users, organization: organization.map(OrganizationRecord.init) ?? OrganizationRecord(),
            generation: generation
        )
        rosters.keep(roster)
        return roster
    }
}

/// Keeps the roster true while other replicas change it: much sooner than facts about people grow old.
package final class RosterWatch: Service {
    package let name = "roster watch"
    private let engine: ApprovalEngine

    static let every: Duration = .seconds(2)

    package init(_ engine: ApprovalEngine) { self.engine = engine }

    package func run() async throws {
        while !Task.isCancelled {
            do { try await engine.refreshRoster() } catch {
                engine.log.warning("the users could not be read again", ["error": "\(error)"])
            }
            await engine.waiting.wait(for: .roster, until: engine.clock.now() + Self.every)
        }
    }
}
