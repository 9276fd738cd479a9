import HTTPModel
package import Support

/// The OpenAPI 3.1 document of the API: made from the routes that there are, with what the tables of `OpenAPI` say of
/// each. What is true of all routes (tokens, refusals) stands here once.
package enum OpenAPIDocument {
    /// Where it is served, behind the API's prefix.
    package static let pattern = "openapi.json"

    static func route(for routes: [APIRoute]) -> APIRoute {
        APIRoute("GET", pattern, .everybody) { _ in APIResponse.json(document(of: routes)) }
    }

    /// Routes that no table describes: for the test that there are none.
    package static func undescribed(_ routes: [APIRoute]) -> [String] {
        routes.filter { OpenAPI.description(of: $0) == nil }.map { "\($0.method) \($0.pattern)" }.sorted()
    }

    package static func document(of routes: [APIRoute]) -> JSONValue {
        let routes = routes + [route(for: [])]
        var paths: JSONObject = [:]
        for route in routes.sorted(by: { ($0.pattern, $0.method) < ($1.pattern, $1.method) }) {
            var path = paths["/" + route.pattern]?.object ?? [:]
            path[route.method.lowercased()] = .object(operation(route))
            paths["/" + route.pattern] = .object(path)
        }
        return [
            "openapi": "3.1.0",
            "info": [
                "title": "symflow", "version": "1",
                "description": "Sym's REST and Events API. What Sym did not have is marked as an addition.",
            ],
            "servers": [["url": .string(SymAPI.prefix)]], "security": [["token": []]],
            "paths": .object(paths),
            "components": [
                "securitySchemes": ["token": ["type": "http", "scheme": "bearer", "bearerFormat": "JWT"]],
                "schemas": .object(OpenAPI.schemas),
                "responses": [
                    "Refusal": [
                        "description": """
                        Refused: the envelope says why, and what to do. What is not even HTTP is refused in plain \
                        text.
                        """,
                        "content": [
                            "application/json": ["schema": ["$ref": "#/components/schemas/Error"]],
                            "text/plain": ["schema": ["type": "string"]],
                        ],
                    ],
                    "Unavailable": [
                        "description": "The database or Slack does not answer. Try again.",
                        "content": content("Error"),
                    ],
                ],
            ],
        ]
    }

    private static func operation(_ route: APIRoute) -> JSONObject {
        let described = OpenAPI.description(of: route)
        var operation: JSONObject = [
            "operationId": .string(name(of: route)),
            "summary": described?["summary"] ?? .string("\(route.method) \(route.pattern)"),
        ]
        operation["description"] = described?["description"]
        operation["tags"] = described?["tags"]
        if described?["addition"]?.flag == true { operation["x-symflow-addition"] = true }
        var parameters = route.segments.filter { $0.hasPrefix("{") }.map { segment -> JSONValue in
            let name = String(segment.dropFirst().dropLast())
            return [
                "name": .string(name), "in": "path", "required": true,
                "schema": described?["path"]?[name] ?? ["type": "string"],
            ]
        }
        parameters += described?["parameters"]?.elements ?? []
        if !parameters.isEmpty { operation["parameters"] = .array(parameters) }
        if let body = described?["body"] {
            operation["requestBody"] = [
                "required": described?["body_required"] ?? true, "content": ["application/json": ["schema": body]],
            ]
        }
        var responses: JSONObject = [
            "200": ["description": "Done.", "content": ["application/json": ["schema": described?["answer"] ?? [:]]]]
        ]
        responses["4XX"] = ["$ref": "#/components/responses/Refusal"]
        responses["503"] = ["$ref": "#/components/responses/Unavailable"]
        operation["responses"] = .object(responses)
        if route.access == .everybody { operation["security"] = [] }
        return operation
    }

    /// `POST runs/{id}/approve` is `post_runs_id_approve`.
    private static func name(of route: APIRoute) -> String {
        let words = route.pattern.map { $0.isLetter || $0.isNumber ? $0 : "_" }
        let parts = String(words).split(separator: "_").joined(separator: "_")
        return route.method.lowercased() + "_" + parts
    }

    private static func content(_ schema: String) -> JSONValue {
        ["application/json": ["schema": ["$ref": .string("#/components/schemas/\(schema)")]]]
    }
}

/// What is said of routes and of the shapes of what they take and give.
enum OpenAPI {
    /// By `METHOD pattern`.
    private static let operations = object(events).merging(object(people)).merging(object(entities))
    static let schemas = object(eventSchemas).merging(object(otherSchemas))

    static func description(of route: APIRoute) -> JSONObject? {
        // Every kind of entity has the same routes.
        var segments = route.pattern.split(separator: "/").map(String.init)
        if segments.count > 1, segments[0] == "entities", segments[1] != "flows-filter" { segments[1] = "{kind}" }
        for (index, segment) in segments.enumerated() where segment.hasPrefix("{") && segment != "{kind}" {
            segments[index] = "{}"
        }
        return operations["\(route.method) \(segments.joined(separator: "/"))"]?.object
    }

    private static func object(_ text: String) -> JSONObject {
        guard let object = (try? JSONValue(parsing: text))?.object else {
            preconditionFailure("the API's description is a JSON object")
        }
        return object
    }
}

extension JSONObject {
    fileprivate func merging(_ other: JSONObject) -> JSONObject { JSONObject(map { $0 } + other.map { $0 }) }
}
