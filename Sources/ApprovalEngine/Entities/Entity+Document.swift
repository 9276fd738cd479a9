package import FlowConfig
import Support

extension DocumentKind {
    package static let entity = DocumentKind("entity")
}

extension Entity {
    /// - Parameter replacing: what was stored before; `nil` for a new entity.
    func document(replacing before: Document?, at now: Timestamp) -> Document {
        Document(
            kind: .entity, id: id, version: before?.version ?? 0, unique: [uniqueName],
            keys: Set([Self.key(of: kind)] + references.map { Self.key(ofReferenceTo: $0.id) }),
            body: ["kind": .string(kind.rawValue), "slug": .string(slug), "body": .object(body)],
            createdAt: before?.createdAt ?? now, updatedAt: now
        )
    }

    package init(_ document: Document) throws(StoreError) {
        guard let kind = document.body["kind"]?.text.flatMap(EntityKind.init), let slug = document.body["slug"]?.text,
            let body = document.body["body"]?.object
        else { throw .corrupt("the entity \(document.id) does not have the form this release reads") }
        self.init(kind: kind, id: document.id, slug: slug, body: body, version: document.version)
    }

    static func key(of kind: EntityKind) -> String { "kind:" + kind.rawValue }
    static func key(ofReferenceTo id: String) -> String { "ref:" + id }
}

extension DocumentStore {
    /// All that came through the API, or those of one kind, in the order in which they were created.
    package func entities(_ kind: EntityKind? = nil) async throws(StoreError) -> [Entity] {
        var entities: [Entity] = []
        for document in try await documents(.entity, key: kind.map(Entity.key(of:))) {
            entities.append(try Entity(document))
        }
        return entities
    }

    package func entity(_ kind: EntityKind, _ id: String) async throws(StoreError) -> Entity? {
        guard let document = try await document(.entity, id.lowercased()) else { return nil }
        let entity = try Entity(document)
        return entity.kind == kind ? entity : nil
    }

    /// Entities that came through the API and refer to this one.
    package func entities(referringTo id: String) async throws(StoreError) -> [Entity] {
        var entities: [Entity] = []
        for document in try await documents(.entity, key: Entity.key(ofReferenceTo: id)) {
            let entity = try Entity(document)
            if entity.id != id { entities.append(entity) }
        }
        return entities
    }
}
