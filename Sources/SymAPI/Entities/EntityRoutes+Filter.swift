import ApprovalCore
import ApprovalEngine
import FlowConfig
import HTTPModel
import Support

/// The flows filter, of which an organisation has one: no id stands in its path (sym-api.md 9).
extension EntityRoutes {
    var filterRoutes: [APIRoute] {
        let path = "entities/" + EntityKind.flowsFilter.rawValue
        return [
            APIRoute("GET", path, .atLeast(.admin)) { _ in
                guard let filter = try await all(.flowsFilter).first else { throw noFilter }
                return try await answer(filter)
            },
            APIRoute("POST", path, .atLeast(.admin)) { call in try await createFilter(call) },
            APIRoute("PATCH", path, .atLeast(.admin)) { call in
                let actor = try call.authorized().actor
                let id = try await filterID()
                let body = try EntityShape.checked(.flowsFilter, try call.object())
                let filter = try await engine.change(entity: .flowsFilter, id, by: actor) { before in
                    var after = before
                    after.body = body
                    return after
                }
                guard let filter else { throw noFilter }
                return try await done(filter)
            },
            APIRoute("DELETE", path, .atLeast(.admin)) { call in
                let actor = try call.authorized().actor
                try await delete(.flowsFilter, try await filterID(), by: actor)
                return APIResponse.json([:])
            },
        ]
    }

    private func createFilter(_ call: APICall) async throws -> HTTPResponse {
        let kind = EntityKind.flowsFilter
        let actor = try call.authorized().actor
        let body = try EntityShape.checked(kind, try call.object())
        if let owner = engine.configuration().owner(of: kind.rawValue), let place = owner.place {
            throw APIError.ownedByFolder(owner.title, place)
        }
        let entity = Entity(kind: kind, id: engine.ids.next().lowercased(), slug: kind.model, body: body)
        do { return try await done(try await engine.create(entity, by: actor)) } catch StoreError.taken {
            throw APIError.conflict(
                "", "There is a sym_flows_filter already, and an organization has only one.", code: Self.taken
            )
        }
    }

    private func filterID() async throws -> String {
        guard let filter = try await all(.flowsFilter).first else { throw noFilter }
        if let place = filter.place { throw APIError.ownedByFolder(filter.title, place) }
        return filter.id
    }

    private var noFilter: APIError { .notFound("There is no sym_flows_filter.") }
}
