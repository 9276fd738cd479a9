import ApprovalCore
import ApprovalEngine
import AuditTrail
import Support

let noon = Timestamp(seconds: 1_795_262_400)

extension Person {
    static func named(
        _ user: String, workspace: String = "THOME", id: PersonID? = nil, email: String? = nil, role: Role = .member,
        isHome: Bool = true, at time: Timestamp = noon
    ) -> Person {
        Person(
            id: id ?? PersonID("person-" + user), account: Account(workspace: workspace, user: user), name: user,
            email: email, role: role, isHome: isHome, observedAt: time
        )
    }
}

extension AccessRequest {
    /// A run that was just submitted, or is in a state that says nothing more.
    static func waiting(
        _ id: RunID, requester: Person = .named("UREQ"), state: State? = nil, grantKey: String? = nil
    ) -> AccessRequest {
        let submission = Submission(
            flow: "prod_db", requester: requester, target: "main", fields: ["reason": .string("déploy \u{0} \"now\"")],
            durationSeconds: 3600, at: noon
        )
        var run = AccessRequest.submit(
            submission, as: id, revision: "revision-1", terms: Terms(hasStrategy: true, grantKey: grantKey),
            binding: Binding(jobHash: "job", policySnapshot: "policy", parts: ["job.flow": "12ab"])
        ).run
        if let state { run.state = state }
        return run
    }

    /// A run whose access is on.
    static func active(_ id: RunID, grantKey: String) throws -> AccessRequest {
        var run = waiting(id, grantKey: grantKey)
        for command in [
            .routed(.approve(reason: nil, rule: nil, routing: nil), round: 1), .granted(epoch: 1, output: "{}"),
        ] as [Command] {
            for fact in try run.decide(command, at: noon).facts { run.apply(fact, at: noon) }
        }
        return run
    }
}

extension RunChange {
    /// The first commit of a run.
    static func new(
        _ run: AccessRequest, recording kinds: [String] = ["requested"], asking entries: [NewEntry] = [],
        submissionKey: String? = nil
    ) -> RunChange {
        RunChange(
            run: run, expectedVersion: 0, records: AuditRecord.chain(kinds, of: run.id), entries: entries,
            submissionKey: submissionKey
        )
    }
}

extension StoredRun {
    /// The next commit of a run that was loaded.
    func change(
        recording kinds: [String] = [], asking entries: [NewEntry] = [], completing claim: Claim? = nil,
        _ edit: (inout AccessRequest) -> Void = { _ in }
    ) -> RunChange {
        var run = run
        edit(&run)
        return RunChange(
            run: run, expectedVersion: version, head: head,
            records: AuditRecord.chain(kinds, of: run.id, after: head), entries: entries, completing: claim
        )
    }
}

extension AuditRecord {
    static func chain(_ kinds: [String], of run: RunID, after head: AuditHead = .genesis) -> [AuditRecord] {
        var head = head
        return kinds.map { kind in
            let record = AuditRecord(
                after: head, aggregate: "run/" + run.text, at: noon, kind: kind, actor: "person-UREQ",
                details: ["flow": "prod_db", "count": 3, "nested": ["z": nil, "a": [true, "\u{1F512}"]]]
            )
            head = AuditHead(record)
            return record
        }
    }
}

extension NewEntry {
    static func card(
        _ slot: String, of run: RunID = "run-1", lane: Lane = .cards, serialKey: String? = nil,
        due: Timestamp = noon
    ) -> NewEntry {
        NewEntry(
            lane: lane, effect: .show(slot: slot), run: run, serialKey: serialKey ?? "card/\(run)/\(slot)",
            uniqueKey: "show/\(run)/\(slot)", due: due
        )
    }
}

extension Outbox where Self: RequestStore {
    /// Adds entries with a run of their own.
    func ask(_ entries: NewEntry...) async throws { try await ask(entries) }

    func ask(_ entries: [NewEntry]) async throws {
        let id: RunID = "asking"
        if let asking = try await load(id) {
            try await commit(asking.change(asking: entries))
        } else {
            try await commit(.new(.waiting(id), recording: [], asking: entries))
        }
    }

    /// Claims what is due in a lane, for a minute.
    func claimAll(_ lane: Lane = .cards, at now: Timestamp = noon) async throws -> [OutboxEntry] {
        try await claim(lane, limit: 100, at: now, leaseUntil: now + .seconds(60))
    }
}

extension OutboxEntry {
    var slot: String? { if case .show(let slot) = effect { slot } else { nil } }
}
