package import AuditTrail

extension AuditRecord {
    /// The note at its place in the chain.
    package init(_ note: AuditNote, after head: AuditHead) {
        self.init(
            after: head, aggregate: note.aggregate, at: note.at, kind: note.kind, actor: note.actor,
            details: note.details
        )
    }
}
