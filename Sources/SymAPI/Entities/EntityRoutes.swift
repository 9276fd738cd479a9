import ApprovalCore
package import ApprovalEngine
import FlowConfig
import HTTPModel
import Support

/// The resources of Sym's Terraform provider (sym-api.md 9): everything that a flow consists of.
///
/// What is sent is stored and given back as it was sent. What a configuration folder defines is listed with the rest,
/// and changed in the folder only.
package struct EntityRoutes: Sendable {
    let engine: ApprovalEngine
    /// Makes what is stored count here; other replicas notice by themselves.
    let apply: @Sendable () async -> Void

    package init(engine: ApprovalEngine, apply: @escaping @Sendable () async -> Void) {
        self.engine = engine
        self.apply = apply
    }

    package var routes: [APIRoute] {
        [
            APIRoute("GET", "entities/{kind}", .atLeast(.admin)) { call in try await list(call) },
            APIRoute("POST", "entities/{kind}", .atLeast(.admin)) { call in try await create(call) },
            APIRoute("GET", "entities/{kind}/{id}", .atLeast(.admin)) { call in try await read(call) },
            APIRoute("PATCH", "entities/{kind}/{id}", .atLeast(.admin)) { call in try await replace(call) },
            APIRoute("DELETE", "entities/{kind}/{id}", .atLeast(.admin)) { call in try await delete(call) },
        ] + filterRoutes
    }

    // MARK: Reading

    private func list(_ call: APICall) async throws -> HTTPResponse {
        let kind = try kind(call)
        var entities = try await all(kind)
        if let slug = call.rawQuery("slug") {
            // What the client takes a made slug for may be what it was made from.
            let wanted = kind.hasGivenSlug ? slug.lowercased() : EntitySlug.made(from: slug)
            entities = entities.filter { $0.slug == wanted && !wanted.isEmpty }
        }
        if let type = call.rawQuery("type") {
            entities = entities.filter { $0.type?.lowercased() == type.lowercased() }
        }
        let view = try await view(for: kind)
        return APIResponse.json(.array(entities.map(view.json)))
    }

    private func read(_ call: APICall) async throws -> HTTPResponse {
        let kind = try kind(call)
        guard let entity = try await find(kind, call.parameter("id")) else { throw absent(kind, call.parameter("id")) }
        return try await answer(entity)
    }

    // MARK: Writing

    private func create(_ call: APICall) async throws -> HTTPResponse {
        let kind = try kind(call)
        let actor = try call.authorized().actor
        let body = try EntityShape.checked(kind, try call.object())
        let id = engine.ids.next().lowercased()
        let entity = try await saved(kind, body) { slug in
            try await engine.create(Entity(kind: kind, id: id, slug: slug, body: body), by: actor)
        }
        return try await done(entity)
    }

    private func replace(_ call: APICall) async throws -> HTTPResponse {
        let kind = try kind(call)
        let actor = try call.authorized().actor
        let id = call.parameter("id").lowercased()
        try refuseFolder(kind, id)
        let sent = try call.object()
        if let inBody = sent["id"], !inBody.isNull, inBody.text?.lowercased() != id {
            throw APIError.invalid("id", "The body is about another \(kind.resource) than the path.")
        }
        let body = try EntityShape.checked(kind, sent)
        let entity = try await saved(kind, body, id: id) { slug in
            try await engine.change(entity: kind, id, by: actor) { before in
                var after = before
                after.body = body
                // A made slug stays while it is made from the same.
                let isKept =
                    !kind.hasGivenSlug && EntitySlug.source(kind, before.body) == EntitySlug.source(kind, body)
                if !isKept { after.slug = slug }
                return after
            }
        }
        guard let entity else { throw absent(kind, id) }
        return try await done(entity)
    }

    private func delete(_ call: APICall) async throws -> HTTPResponse {
        let kind = try kind(call)
        let id = call.parameter("id").lowercased()
        try refuseFolder(kind, id)
        try await delete(kind, id, by: try call.authorized().actor)
        return APIResponse.json([:])
    }

    func delete(_ kind: EntityKind, _ id: String, by actor: String) async throws {
        do {
            guard try await engine.delete(entity: kind, id, by: actor) else { throw absent(kind, id) }
        } catch let inUse as EntityInUse {
            throw inUse.error
        }
        await apply()
    }

    /// Saves under the slug that the body names, else under the first that is free.
    private func saved<Saved>(
        _ kind: EntityKind, _ body: JSONObject, id: String? = nil, _ save: (_ slug: String) async throws -> Saved
    ) async throws -> Saved {
        let slugs = body["slug"]?.text.map { [$0] } ?? EntitySlug.candidates(kind, body)
        for slug in slugs {
            let name = Entity.uniqueName(kind, type: body["type"]?.text, slug: slug)
            if let owner = engine.configuration().owner(of: name), let place = owner.place {
                guard kind.hasGivenSlug else { continue }
                throw APIError.conflict(
                    "slug", "\(owner.title) is defined by the configuration folder, at \(place).", code: Self.taken
                )
            }
            do { return try await save(slug) } catch StoreError.taken(_, by: let other) {
                guard kind.hasGivenSlug else { continue }
                throw APIError.conflict(
                    "slug", "There is a \(kind.resource) \"\(slug)\" already, with the id \(other).", code: Self.taken
                )
            }
        }
        throw APIError.conflict(
            "", "There are too many resources of the kind \(kind.resource) that would be named \"\(slugs[0])\".",
            code: Self.taken
        )
    }

    /// What follows a change: it counts from now on.
    func done(_ entity: Entity) async throws -> HTTPResponse {
        await apply()
        return try await answer(entity)
    }

    // MARK: Parts

    static let taken = "Entity:TAKEN"

    private func kind(_ call: APICall) throws(APIError) -> EntityKind {
        guard let kind = EntityKind(segment: call.parameter("kind")), kind != .flowsFilter else {
            throw .notFound("There is nothing at \(call.request.path).")
        }
        return kind
    }

    /// The folder's first, then what came through the API, the oldest first.
    func all(_ kind: EntityKind) async throws -> [Entity] {
        engine.configuration().definitions.filter { $0.kind == kind } + (try await engine.store.entities(kind))
    }

    private func find(_ kind: EntityKind, _ id: String) async throws -> Entity? {
        if let own = folder(kind, id) { return own }
        return try await engine.store.entity(kind, id)
    }

    private func folder(_ kind: EntityKind, _ id: String) -> Entity? {
        engine.configuration().definitions.first { $0.kind == kind && $0.id == id.lowercased() }
    }

    private func refuseFolder(_ kind: EntityKind, _ id: String) throws(APIError) {
        guard let own = folder(kind, id), let place = own.place else { return }
        throw .ownedByFolder(own.title, place)
    }

    private func absent(_ kind: EntityKind, _ id: String) -> APIError {
        .notFound("There is no \(kind.resource) with the id \(id).")
    }

    func answer(_ entity: Entity) async throws -> HTTPResponse {
        APIResponse.json(try await view(for: entity.kind).json(entity))
    }

    private func view(for kind: EntityKind) async throws -> EntityView {
        var types: [String: String] = [:]
        if kind == .secrets { for source in try await all(.secretSources) { types[source.id] = source.type } }
        return EntityView(organization: engine.configuration().organization.slug, sourceTypes: types)
    }
}

extension APIError {
    static func ownedByFolder(_ title: String, _ place: String) -> APIError {
        .conflict(
            "", "\(title) is defined by the configuration folder, at \(place). Change it there.",
            code: "Entity:OWNED_BY_FOLDER"
        )
    }
}

extension EntityInUse {
    /// Says who refers to it, in the message and beside it: the provider shows only the one, the CLI only the other.
    var error: APIError {
        let names = users.map { user in
            let paths = user.references.filter { $0.id == entity.id }.map(\.path)
            return "\(user.title) (\(paths.joined(separator: ", ")))"
        }
        return APIError(
            status: 409, code: "Entity:IN_USE",
            message: "\(entity.title) cannot be deleted: it is used by \(names.joined(separator: ", ")).",
            details: names.map { APIError.Detail(message: "\(entity.title) is used by \($0).") }
        )
    }
}

extension APICall {
    /// A query value as it stands: the provider does not encode what it looks up (sym-api.md 9), so a value that is no
    /// valid encoding means itself.
    func rawQuery(_ name: String) -> String? {
        if !query.isEmpty { return query(name) }
        for field in request.query.split(separator: "&") where field.hasPrefix(name + "=") {
            return String(field.dropFirst(name.count + 1))
        }
        return nil
    }
}
