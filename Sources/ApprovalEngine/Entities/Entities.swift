package import FlowConfig
import Support

/// Resources that come through the API, changed. Each change is on record with who made it.
extension ApprovalEngine {
    /// - Throws: `.taken` when another entity has its unique name.
    package func create(_ entity: Entity, by actor: String) async throws(StoreError) -> Entity {
        try await save(entity, replacing: nil, "entity_created", by: actor)
    }

    /// Puts another body, and perhaps another slug, into the place of what there is.
    ///
    /// - Parameter change: gets the entity as it is now and returns what it should be; called again when somebody else
    ///   was first.
    /// - Returns: `nil` when there is no such entity.
    /// - Throws: `.taken` when another entity has its unique name; what `change` throws.
    package func change(
        entity kind: EntityKind, _ id: String, by actor: String, _ change: (Entity) async throws -> Entity
    ) async throws -> Entity? {
        while true {
            guard let document = try await store.document(.entity, id) else { return nil }
            let before = try Entity(document)
            guard before.kind == kind else { return nil }
            let after = try await change(before)
            do {
                return try await save(after, replacing: document, "entity_changed", by: actor)
            } catch {
                // Somebody else was first, and made progress: this ends.
                guard error == .conflict else { throw error }
            }
        }
    }

    private func save(
        _ entity: Entity, replacing document: Document?, _ kind: String, by actor: String
    ) async throws(StoreError) -> Entity {
        let now = clock.now()
        let before = try document.map { document throws(StoreError) in try Entity(document) }
        try await store.commit(
            DocumentsChange(
                saved: [entity.document(replacing: document, at: now)],
                notes: [
                    AuditNote(
                        aggregate: entity.auditAggregate, at: now, kind: kind, actor: actor,
                        details: entity.auditDetails(replacing: before)
                    )
                ]
            )
        )
        var saved = entity
        saved.version = (document?.version ?? 0) + 1
        log.info("recorded", ["fact": kind, "entity": entity.title, "person": actor])
        return saved
    }

    /// - Returns: whether it was there.
    /// - Throws: `EntityInUse`, which names what refers to it.
    package func delete(entity kind: EntityKind, _ id: String, by actor: String) async throws -> Bool {
        while true {
            guard let document = try await store.document(.entity, id) else { return false }
            let entity = try Entity(document)
            guard entity.kind == kind else { return false }
            let users = try await store.entities(referringTo: id)
            guard users.isEmpty else { throw EntityInUse(entity: entity, users: users) }
            let now = clock.now()
            do {
                try await store.commit(
                    DocumentsChange(
                        deleted: [DocumentsChange.Deletion(document)],
                        notes: [
                            AuditNote(
                                aggregate: entity.auditAggregate, at: now, kind: "entity_deleted", actor: actor,
                                details: entity.auditDetails(replacing: entity)
                            )
                        ]
                    )
                )
                log.info("recorded", ["fact": "entity_deleted", "entity": entity.title, "person": actor])
                return true
            } catch {
                guard error == .conflict else { throw error }
            }
        }
    }
}

/// Something cannot be deleted, because other resources refer to it.
package struct EntityInUse: Error {
    package var entity: Entity
    /// Never empty.
    package var users: [Entity]
}
